// One leader among tabs, for browsers without Web Locks (which exist on secure origins only): who
// gets no answer to "who leads?" does; of two that claim it, the lower id.
import { open_channel } from "./channel.js";

const kAnswerMs = 250;
const kSpreadMs = 250; // so that two tabs which begin together do not claim together
const kCheckMs = 10_000; // a leader that crashed said nothing

interface Word {
  say: "who" | "lead" | "gone";
  from: string;
}

// `on_change` hears true when this tab leads, and false when it no longer does. Answers how to
// step back for good.
export function elect(name: string, tab: string, on_change: (leads: boolean) => void): () => void {
  let leads = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const channel = open_channel<Word>(`${name}:lead`, ({ say, from }) => {
    if (say === "who" && leads) speak("lead");
    if (say === "gone") ask();
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
    speak("lead");
    change(true);
  }

  ask();
  return () => {
    clearTimeout(timer);
    if (leads) speak("gone");
    channel.close();
  };
}
