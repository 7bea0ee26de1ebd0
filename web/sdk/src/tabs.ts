// The tabs of a browser that are counted as one: who leads, and what the leader tells the others.
import { open_channel } from "./channel.js";
import { seek_lead } from "./leader.js";
import { random_id } from "./random_id.js";

const kAnswerMs = 3_000; // a leader that is awake has answered by then

interface Word<News> {
  say: "hello" | "wake" | "news";
  news?: News;
}

export interface TabsEvents<News> {
  led(): void; // this tab leads from now on
  followed(): void; // and no longer
  told(news: News): void; // by the leader
  woken(): void; // another tab asks the leader for news
}

export interface Tabs<News> {
  leads(): boolean;
  tell(news: News): void;
  wake(): void; // the leader; this tab leads when none answers
  leave(): void;
}

export function join_tabs<News>(name: string, heard: TabsEvents<News>): Tabs<News> {
  let leads = false;
  let latest: News | undefined;
  let doubt: ReturnType<typeof setTimeout> | undefined;

  const channel = open_channel<Word<News>>(name, ({ say, news }) => {
    if (say === "news") trust();
    if (news !== undefined) heard.told(news);
    if (!leads || say === "news") return;
    channel.post({ say: "news", news: latest });
    if (say === "wake") heard.woken();
  });

  function trust() {
    clearTimeout(doubt);
    doubt = undefined;
  }

  channel.post({ say: "hello" });
  const lead = seek_lead(name, random_id(), (leads_now) => {
    leads = leads_now;
    trust();
    if (leads) heard.led();
    else heard.followed();
  });

  return {
    leads: () => leads,
    tell(news) {
      latest = news;
      channel.post({ say: "news", news });
    },
    wake() {
      channel.post({ say: "wake" });
      doubt ??= setTimeout(lead.seize, kAnswerMs);
    },
    leave() {
      leads = false;
      trust();
      lead.leave();
      channel.close();
    },
  };
}
