// How the node fares, while somebody looks at the page: it tells so by itself over a WebSocket,
// and is asked where and while there is none.

import { Refused, ask } from "./access.mjs";
import { open_stream } from "./stream.mjs";

const kPollMs = 2_000;
const kHistoryMs = 5_000;  // its steps are 10 s
const kFirstRetryMs = 1_000;
const kLongestRetryMs = 30_000;
const kNoRight = [401, 403];

const listeners = [];
let told = {};
let history_at;
let ears;
let timer = 0;
let round = 0;
let stream = null;
let stream_at = 0;  // not before this is the next one opened
let failures = 0;   // of streams, one after the other

function tell(parts) {
  told = { ...told, ...parts };
  if (!told.status || !told.history) return;
  ears.on_told(told);
  for (const show of listeners) show(told);
}

async function gather() {
  const is_due = performance.now() - history_at >= kHistoryMs;
  const [status, nodes, history] = await Promise.all([
    ask("/api/v1/status"),
    ask("/api/v1/nodes"),
    is_due ? ask("/api/v1/history") : told.history,
  ]);
  if (is_due) history_at = performance.now();
  return { status, nodes, history };
}

function stop_asking() {
  clearTimeout(timer);
  return ++round;
}

async function look() {
  const own = stop_asking();
  let parts = null;
  try {
    parts = await gather();
  } catch (error) {
    if (own !== round) return;
    if (error instanceof Refused && kNoRight.includes(error.status)) {
      rest();
      return ears.on_refused(error);
    }
    ears.on_lost();
  }
  if (own !== round) return;
  timer = setTimeout(look, kPollMs);
  if (parts === null) return;
  if (stream === null && performance.now() >= stream_at) stream = open_stream(kHandlers);
  tell(parts);
}

const kHandlers = {
  on_frame({ type, ...parts }) {
    if (type === "rollcall.history") tell({ history: parts });
    if (type !== "rollcall.node") return;
    stop_asking();
    failures = 0;
    tell(parts);
  },
  on_end() {
    stream = null;
    const longest = Math.min(kLongestRetryMs, kFirstRetryMs * 2 ** failures++);
    stream_at = performance.now() + Math.random() * longest;
    look();
  },
};

// `show` is called with {status, nodes, history} each time that they were told.
export function on_told(show) {
  listeners.push(show);
}

// Begins to listen: {on_told, on_lost, on_refused(Refused)}. After a refusal it rests until begun
// again.
export function begin(those) {
  ears = those;
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : again()));
  again();
}

export function again() {
  rest();
  history_at = -Infinity;
  look();
}

export function rest() {
  stop_asking();
  stream?.close();
  stream = null;
}
