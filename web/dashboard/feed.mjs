// Asks the node how it fares, while somebody looks at the page.

import { Refused, ask } from "./access.mjs";

const kPollMs = 2_000;
const kHistoryMs = 5_000;  // its steps are 10 s
const kNoRight = [401, 403];

const listeners = [];
let history;
let history_at = -Infinity;
let timer = 0;
let round = 0;
let ears;

async function gather() {
  const is_due = performance.now() - history_at >= kHistoryMs;
  const [status, nodes, latest] = await Promise.all([
    ask("/api/v1/status"),
    ask("/api/v1/nodes"),
    is_due ? ask("/api/v1/history") : history,
  ]);
  if (is_due) history_at = performance.now();
  history = latest;
  return { status, nodes, history };
}

async function look() {
  clearTimeout(timer);
  const own = ++round;
  const is_latest = () => own === round;
  let told = null;
  try {
    told = await gather();
  } catch (error) {
    if (!is_latest()) return;
    if (error instanceof Refused && kNoRight.includes(error.status)) return ears.on_refused(error);
    ears.on_lost();
  }
  if (!is_latest()) return;
  timer = setTimeout(() => document.hidden || look(), kPollMs);
  if (told === null) return;
  ears.on_told(told);
  for (const show of listeners) show(told);
}

// `show` is called with {status, nodes, history} each time that they were told.
export function on_told(show) {
  listeners.push(show);
}

// Begins to ask: {on_told, on_lost, on_refused(Refused)}. After a refusal it rests until asked
// again.
export function begin(those) {
  ears = those;
  document.addEventListener("visibilitychange", () => document.hidden || again());
  again();
}

export function again() {
  history_at = -Infinity;
  look();
}

export function rest() {
  clearTimeout(timer);
  ++round;
}
