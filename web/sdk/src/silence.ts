// Notices that a connection is dead. A server's pings do not reach a page; so when it has been
// silent for longer than its ping, ask, and when nothing comes then, it is lost.

const kMarginMs = 5_000;
const kAnswerMs = 10_000;
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

  function wait(act: () => void, delay_ms: number) {
    clearTimeout(timer);
    timer = setTimeout(act, delay_ms);
  }

  function ask(answer_ms: number) {
    probe();
    wait(lost, answer_ms);
  }

  function heard() {
    doubted = false;
    wait(() => ask(kAnswerMs), ping_ms + kMarginMs);
  }

  function doubt() {
    if (doubted) return;
    doubted = true;
    ask(kHastyAnswerMs);
  }

  heard();
  return { heard, doubt, stop: () => clearTimeout(timer) };
}
