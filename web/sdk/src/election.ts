// One leader among tabs, for browsers without Web Locks (which exist on secure origins only): who
// gets no answer to "who leads?" does; of two that claim it, the lower id.
import { open_channel } from "./channel.js";
import type { Lead } from "./leader.js";

const kAnswerMs = 250;
const kSpreadMs = 250; // so that two tabs which begin together do not claim together
const kCheckMs = 10_000; // a leader that crashed said nothing

interface Word {
  say: "who" | "lead" | "gone";
  from: string;
}

export function elect(name: string, tab: string, on_change: (leads: boolean) => void): Lead {
  let leads = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const channel = open_channel<Word>(`${name}:lead`, ({ say, from }) => {
    if (say === "who" && leads) speak("lead");
    if (say === "gone") claim(); // at once: a hidden tab's timers may be slow
    if (say !== "lead") return;
    if (leads && tab < from) return speak("lead");
    if (leads) change(false);
    wait(ask, kCheckMs);
  });

  const speak = (say: Word["say"]) => channel.post({ say, from: tab });

  function wait(act: () => void, delay_ms: number) {
    clearTimeout(timer);
    timer = setTimeout(act, delay_ms);
  }

  function change(leads_now: boolean) {
    leads = leads_now;
    on_change(leads);
  }

  function ask() {
    if (leads) return;
    speak("who");
    wait(claim, kAnswerMs + Math.random() * kSpreadMs);
  }

  function claim() {
    if (leads) return;
    clearTimeout(timer);
    speak("lead");
    change(true);
  }

  ask();
  return {
    seize: claim,
    leave() {
      clearTimeout(timer);
      if (leads) speak("gone");
      channel.close();
    },
  };
}
