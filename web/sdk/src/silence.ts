// Notices that a connection is dead. A server's pings do not reach a page; so when it has been
// silent for longer than its ping, ask, and when nothing comes then, it is lost.

const kLongestMarginMs = 5_000;
const kLongestAnswerMs = 10_000;
const kHastyAnswerMs = 3_000; // when there is reason to doubt

export interface SilenceEvents {
  probe(): void;
  lost(): void;
}

export interface Silence {
  heard(): void;
  doubt(): void; // the network changed, or the machine slept
  stop(): void;
}

export function listen_for_silence(ping_ms: number, { probe, lost }: SilenceEvents): Silence {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let doubted = false;
  // A server that pings often wants to know soon.
  const margin_ms = Math.min(kLongestMarginMs, ping_ms);
  const answer_ms = Math.max(kHastyAnswerMs, Math.min(kLongestAnswerMs, ping_ms));

  function wait(act: () => void, delay_ms: number) {
    clearTimeout(timer);
    timer = setTimeout(act, delay_ms);
  }

  function ask(within_ms: number) {
    probe();
    wait(lost, within_ms);
  }

  function heard() {
    doubted = false;
    wait(() => ask(answer_ms), ping_ms + margin_ms);
  }

  function doubt() {
    if (doubted) return;
    doubted = true;
    ask(kHastyAnswerMs);
  }

  heard();
  return { heard, doubt, stop: () => clearTimeout(timer) };
}
