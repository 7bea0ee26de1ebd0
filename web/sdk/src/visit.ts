// From the moment a page is here until it is left: the leading tab beats, the others hear from
// it.
//
// A tab that leads says goodbye when it goes: it cannot know whether it is the last, nor whether
// it is reloaded. Whoever leads next beats at once, and the server, which holds a goodbye for a
// while, drops it then. So only the last tab's end is seen by others, and no reload.
import { full_jitter_ms } from "./backoff.js";
import { kGraceMs, send_beat, send_goodbye } from "./beat.js";
import type { BeatOutcome, Count } from "./beat.js";
import { recall, remember } from "./memory.js";
import { is_hidden } from "./page_events.js";
import { join_tabs } from "./tabs.js";

const kPaceMs = 30_000; // of a server that does not say
const kHiddenFactor = 2; // a session outlives three paces of the server's
const kBackoff = { first_ms: 1_000, longest_ms: 60_000 };
const kLongestWaitMs = 60 * 60_000;
const kFreshMs = 1_000; // an answer so young is not asked for again
const kLateMs = 2_000; // a visible tab waits so long for a leader's news that are due
const kImpatienceMs = 60_000; // and so long, once it has asked for them
const kConfirmMs = 3_000; // within the grace that a server gives a goodbye

export interface Session {
  url: URL;
  id: { sessionId?: string }; // as a beat says it; the server's cookie may say it instead
}

export interface VisitEvents {
  counted(count: Count): void;
  failed(reason: string): void;
}

export interface Visit {
  beat_soon(): void;
  end(): void;
}

// What the leader tells the other tabs.
interface News {
  count: Count;
  due_at: number; // when a tab that is seen beats again, by a clock that may be set back
}

export function begin_visit({ url, id }: Session, heard: VisitEvents): Visit {
  const name = `rollcall:${url}:${id.sessionId ?? ""}`;
  const goodbye_key = `${name}:goodbye`;
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let beating = false;
  let failures = 0;
  let answered_at = 0;
  let due_at = 0;
  let not_before = 0;
  let followed = false;
  let unsettled = false;

  const tabs = join_tabs<News>(name, {
    led() {
      unsettled = followed || Math.abs(Date.now() - Number(recall(goodbye_key))) < 2 * kGraceMs;
      beat();
    },
    followed: expect_news,
    woken: beat_soon,
    told(news) {
      followed = true;
      due_at = news.due_at;
      if (!tabs.leads()) expect_news();
      heard.counted(news.count);
    },
  });

  function wait(delay_ms: number, act: () => unknown = beat) {
    clearTimeout(timer);
    timer = setTimeout(act, Math.min(delay_ms, kLongestWaitMs));
  }

  // The leader may be a tab that nobody sees, whose timers the browser slows.
  function expect_news() {
    if (is_hidden()) return clearTimeout(timer);
    const due_ms = Math.min(Math.max(0, due_at - Date.now()), kImpatienceMs);
    wait(due_ms + kLateMs, function ask() {
      tabs.wake();
      wait(kImpatienceMs, ask);
    });
  }

  async function beat() {
    if (beating) return;
    clearTimeout(timer);
    beating = true;
    const outcome = await send_beat(url, id, ended.signal);
    beating = false;
    if (ended.signal.aborted || !tabs.leads()) return;
    if ("error" in outcome) fail(outcome);
    else succeed(outcome);
  }

  function succeed({ count, next_ms }: Extract<BeatOutcome, { count: Count }>) {
    let pace_ms = next_ms ?? kPaceMs;
    let factor = is_hidden() ? kHiddenFactor : 1;
    // This beat may have overtaken the goodbye of who was here before: a second one settles it.
    if (unsettled) [pace_ms, factor] = [Math.min(pace_ms, kConfirmMs), 1];
    unsettled = false;
    failures = not_before = 0;
    answered_at = Date.now();
    due_at = answered_at + pace_ms;
    wait(pace_ms * factor);
    tabs.tell({ count, due_at });
    heard.counted(count);
  }

  function fail({ error, retry_after_ms }: Extract<BeatOutcome, { error: string }>) {
    const asked_ms = retry_after_ms ?? 0;
    not_before = Date.now() + asked_ms;
    wait(asked_ms + full_jitter_ms(failures++, kBackoff));
    heard.failed(error);
  }

  function beat_soon() {
    const now = Date.now();
    if (!tabs.leads()) {
      tabs.wake();
      return expect_news();
    }
    if (now < not_before) return;
    const is_fresh = failures === 0 && Math.abs(now - answered_at) < kFreshMs;
    if (is_fresh) return wait(due_at - now);
    beat();
  }

  // What is in flight is dropped first: a beat that arrives after the goodbye would undo it.
  function end() {
    ended.abort();
    clearTimeout(timer);
    if (tabs.leads()) {
      remember(goodbye_key, String(Date.now()));
      send_goodbye(url, id);
    }
    tabs.leave();
  }

  expect_news();
  return { beat_soon, end };
}
