// The page is a client like any other: each load of it is one session, kept in memory alone.

const kPollVisibleMs = 2_000;
const kPollHiddenMs = 15_000;
const kBeatMs = 30_000;
const kRetryMs = 2_000;
const kRequestTimeoutMs = 5_000;
const kTrendMs = 5 * 60_000;
const kTrendShortestMs = 60_000;
const kTrendSamples = 400;
const kAnnounceMs = 5_000;
const kActivity = "/api/sessions/activity";
const kOnline = "/api/sessions/online";

const element = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat();

// crypto.randomUUID exists on secure origins only; a phone on the local network is not on one.
function random_id() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const session_id = random_id();
const opened_at = Date.now();
const samples = [];
const failing = new Set();
let shown = null;
let announced_at = 0;
let next_beat_at = 0;
let beat_timer = 0;
let poll_timer = 0;
let visit = new AbortController();

// Answers {online, source, certainty, next_beat_ms}; throws when there is no such answer.
async function ask(path, options = {}) {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, kRequestTimeoutMs);
  const { signal } = visit;
  signal.addEventListener("abort", stop);
  try {
    const response = await fetch(path, {
      cache: "no-store",
      credentials: "omit",
      signal: limit.signal,
      ...options,
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { online } = await response.json();
    if (!Number.isSafeInteger(online)) throw new Error("no count in the answer");
    return {
      online,
      source: response.headers.get("X-Rollcall-Source"),
      certainty: response.headers.get("X-Rollcall-Certainty"),
      next_beat_ms: Number(response.headers.get("X-Rollcall-Next-Beat-Ms")),
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function schedule_beat(delay_ms) {
  clearTimeout(beat_timer);
  next_beat_at = Date.now() + delay_ms;
  beat_timer = setTimeout(beat, delay_ms);
}

async function beat() {
  const { signal } = visit;
  try {
    const answer = await ask(kActivity, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sessionId: session_id }),
    });
    if (signal.aborted) return;
    schedule_beat(answer.next_beat_ms > 0 ? answer.next_beat_ms : kBeatMs);
    recovered("beat");
    show(answer);
  } catch {
    if (signal.aborted) return;
    schedule_beat(kRetryMs * (1 + Math.random()));
    lost("beat");
  }
}

async function poll() {
  clearTimeout(poll_timer);
  const { signal } = visit;
  try {
    const answer = await ask(kOnline);
    if (signal.aborted) return;
    // A server that was away may have forgotten this session: say at once that it is still here.
    if (recovered("poll")) schedule_beat(0);
    show(answer);
  } catch {
    if (signal.aborted) return;
    lost("poll");
  }
  clearTimeout(poll_timer);
  poll_timer = setTimeout(poll, document.hidden ? kPollHiddenMs : kPollVisibleMs);
}

// The last number stays, greyed: an unreachable server does not mean that nobody is there.
function lost(what) {
  failing.add(what);
  if (document.body.dataset.state === "lost") return;
  document.body.dataset.state = "lost";
  element("state").textContent = "reconnecting…";
  element("next_beat").textContent = "–";
  samples.push({ at: Date.now(), online: null });
  announced_at = 0;
  announce("The server cannot be reached. Reconnecting.");
}

function recovered(what) {
  const was_failing = failing.delete(what);
  if (failing.size === 0) {
    document.body.dataset.state = "live";
    element("state").textContent = "live";
  }
  return was_failing;
}

function show(answer) {
  element("source").textContent = answer.source ?? "unknown";
  element("certainty").textContent = answer.certainty ?? "unknown";
  show_count(answer);
  show_next_beat();
  samples.push({ at: Date.now(), online: answer.online });
  draw_trend();
}

function show_count({ online, certainty }) {
  const text = numbers.format(online) + (certainty === "at-least" ? "+" : "");
  const count = element("count");
  element("caption").textContent = online === 1 ? "person online" : "people online";
  if (text === shown) return;
  count.textContent = text;
  count.dataset.digits = text.length > 5 ? "many" : "few";
  document.title = `${text} online · rollcall`;
  if (shown !== null) restart_animation(count);
  shown = text;
  announce(`${text} ${element("caption").textContent}`);
}

function restart_animation(node) {
  node.classList.remove("changed");
  void node.offsetWidth;
  node.classList.add("changed");
}

// A busy site changes its number all the time; a screen reader should not read all of them.
function announce(text) {
  if (Date.now() - announced_at < kAnnounceMs) return;
  announced_at = Date.now();
  element("announcement").textContent = text;
}

function show_next_beat() {
  const seconds = Math.max(0, Math.round((next_beat_at - Date.now()) / 1000));
  element("next_beat").textContent = next_beat_at === 0 ? "–" : `in ${seconds} s`;
}

function draw_trend() {
  const now = Date.now();
  while (samples.length > kTrendSamples || now - samples[0].at > kTrendMs) samples.shift();
  const counts = samples.map(({ online }) => online).filter((online) => online !== null);
  const low = Math.min(...counts);
  const high = Math.max(...counts);
  const margin = Math.max(1, (high - low) * 0.2);
  const { width, height } = element("trend").viewBox.baseVal;
  const span = Math.max(kTrendShortestMs, now - samples[0].at);
  const x = (at) => (width * (1 - (now - at) / span)).toFixed(1);
  const y = (n) => (height * (1 - (n - low + margin) / (high - low + 2 * margin))).toFixed(1);
  let line = "";
  let area = "";
  for (const run of unbroken_runs(samples)) {
    const steps = run.map(({ at, online }) => `H${x(at)}V${y(online)}`).join("");
    line += `M${x(run[0].at)} ${y(run[0].online)}${steps}`;
    area += `M${x(run[0].at)} ${height}${steps}V${height}Z`;
  }
  element("trend_line").setAttribute("d", line);
  element("trend_area").setAttribute("d", area);
  const range = low === high
    ? `steady at ${numbers.format(low)}`
    : `between ${numbers.format(low)} and ${numbers.format(high)}`;
  const since = now - opened_at > kTrendMs ? "in the last five minutes" : "since this tab opened";
  element("trend_caption").textContent = `${range} ${since}`;
}

// A sample without a number marks a time when the server could not be reached: a gap.
function unbroken_runs(all) {
  const runs = [[]];
  for (const sample of all) {
    if (sample.online === null) runs.push([]);
    else runs.at(-1).push(sample);
  }
  return runs.filter((run) => run.length > 0);
}

function arrive() {
  visit = new AbortController();
  beat();
  poll();
}

// What is in flight is dropped first: a beat that arrives after the goodbye would undo it.
function depart() {
  visit.abort();
  clearTimeout(beat_timer);
  clearTimeout(poll_timer);
  const goodbye = JSON.stringify({ sessionId: session_id, leave: true });
  navigator.sendBeacon(kActivity, new Blob([goodbye], { type: "text/plain" }));
}

async function copy_curl() {
  const code = element("curl");
  try {
    await navigator.clipboard.writeText(code.textContent);
    element("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    element("copy").textContent = "Selected: press Ctrl+C";
  }
}

element("curl").textContent = [
  `curl -d '{"sessionId":"terminal"}'`,
  `  ${location.origin}${kActivity}`,
].join(" \\\n");
element("copy").addEventListener("click", copy_curl);
addEventListener("pagehide", depart);
addEventListener("pageshow", (event) => event.persisted && arrive());
document.addEventListener("visibilitychange", () => document.hidden || poll());
arrive();
