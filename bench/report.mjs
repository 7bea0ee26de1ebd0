// Reads the windows of one run (a line of JSON each), prints their medians and the ratios that
// have a target, and writes all of it as JSON. Ends with 1 when a target is missed.

import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";

const kThroughput = "requests_per_server_cpu_s";
const kRedisCost = "redis_cpu_us_per_request";
const kWorkDone = "done_per_server_cpu_s";
const kIdleCost = "bytes_a_connection";
const kQuietBusyShare = 0.7; // of the server's core; less means that others took its turns

const kHeartbeatColumns = [
  ["requests per server-CPU-s", (window) => window[kThroughput], 0],
  ["requests/s", (window) => window.requests_per_s, 0],
  ["server busy %", (window) => (100 * window.server_cpu_s) / window.seconds, 0],
  ["client busy %", (window) => (100 * window.client_cpu_s) / window.seconds, 0],
  ["Redis CPU us/request", (window) => window[kRedisCost], 2],
  ["p50 us", (window) => window.p50_us, 0],
  ["p99 us", (window) => window.p99_us, 0],
  ["max us", (window) => window.max_us, 0],
];

const kRosterColumns = [
  ["bytes a member", (window) => window.bytes_a_member, 1],
  ["touch ns", (window) => window.touch_ns, 1],
  ["count ns", (window) => window.count_ns, 2],
];

function realtime_columns(what) {
  return [
    [`${what} per server-CPU-s`, (window) => window[kWorkDone], 0],
    [`${what}/s`, (window) => window.done_per_s, 0],
    ["server busy %", (window) => (100 * window.server_cpu_s) / window.seconds, 0],
    ["client busy %", (window) => (100 * window.client_cpu_s) / window.seconds, 0],
    ["p50 us", (window) => window.p50_us, 0],
    ["p99 us", (window) => window.p99_us, 0],
    ["max us", (window) => window.max_us, 0],
  ];
}

const kIdleColumns = [
  ["connections", (window) => window.connections, 0],
  ["bytes a connection", (window) => window[kIdleCost], 0],
  ["MB before", (window) => window.resident_before / 1e6, 1],
  ["MB after", (window) => window.resident_after / 1e6, 1],
];

function realtime_target(at_least, to = "bare-ws") {
  return { of: "rollcall-realtime", to, figure: kWorkDone, at_least };
}

const kFallbackColumns = [
  ["beats/s", (window) => window.beats_per_s, 0],
  ["WAL bytes a beat", (window) => window.wal_bytes_a_beat, 0],
  ["p50 ms", (window) => window.p50_ms ?? NaN, 1],
  ["p99 ms", (window) => window.p99_ms ?? NaN, 1],
];

const kOneIndexMore = "rollcall, one index more";
const kTrickleOfMany = "3600 due, 2.6 M live";
const kTrickleOfFew = "3600 due, 260 k live";

function fallback_targets(of) {
  return [
    { of, to: "single upserts", figure: "beats_per_s", at_least: 4 },
    { of, figure: "wal_bytes_a_beat", at_most: 250 },
  ];
}

// A target is for one server's figure, or for its ratio to another's; without a bound it is shown
// and not judged.
const kSuites = {
  "heartbeats-memory": {
    columns: kHeartbeatColumns,
    targets: [{ of: "rollcall-memory", to: "bare-epoll", figure: kThroughput, at_least: 0.7 }],
  },
  "heartbeats-redis": {
    columns: kHeartbeatColumns,
    targets: [
      { of: "rollcall-redis", to: "node-pipeline", figure: kThroughput, at_least: 4 },
      { of: "rollcall-redis", to: "node-pipeline", figure: kRedisCost, at_most: 0.25 },
    ],
  },
  fallback: {
    columns: kFallbackColumns,
    targets: [...fallback_targets("rollcall, 1 node"), ...fallback_targets("rollcall, 2 nodes")],
  },
  handover: {
    columns: [["CPU ns each", (window) => 1e9 / window[kThroughput], 0]],
    targets: [{ of: "hand-over", to: "rollcall-redis", figure: kThroughput, at_least: 20 }],
  },
  reseed: {
    columns: [
      ["seconds", (window) => window.seconds, 1],
      ["wait p99 ms", (window) => window.wait_p99_ms, 1],
      ["wait max ms", (window) => window.wait_max_ms, 1],
    ],
    targets: [
      { of: "reseed", figure: "seconds", at_most: 15 },
      { of: "reseed", figure: "wait_max_ms", at_most: 20 },
    ],
  },
  retention: {
    columns: [
      ["rows", (window) => window.rows, 0],
      ["seconds", (window) => window.s, 1],
      ["rows/s", (window) => window.rows_per_s, 0],
      ["traffic p99 ms", (window) => window.p99_ms, 1],
    ],
    targets: [
      { of: "rollcall", to: "one DELETE", figure: "rows_per_s", at_least: 0.6 },
      { of: "rollcall", to: "traffic alone", figure: "p99_ms", at_most: 2 },
      { of: "rollcall", to: "1000-row loop", figure: "rows_per_s", at_least: 10 },
      { of: "rollcall, old snapshot", to: "rollcall", figure: "rows_per_s", at_least: 0.9 },
    ],
  },
  rebuild: {
    columns: [
      ["seconds", (window) => window.s, 2],
      ["MB", (window) => window.bytes / 1e6, 1],
      ["lock s a 100k rows", (window) => window.lock_s_per_100k, 2],
    ],
    targets: [
      { of: "rollcall", to: "copy and indexes", figure: "s", at_most: 2 },
      { of: "rollcall", to: "copy and indexes", figure: "bytes", at_most: 1.05 },
      { of: "rollcall", figure: "lock_s_per_100k", at_most: 1 },
      { of: kOneIndexMore, to: "copy and indexes, one index more", figure: "s" },
      { of: kOneIndexMore, figure: "lock_s_per_100k" },
    ],
  },
  trickle: {
    columns: [
      ["rows", (window) => window.rows, 0],
      ["buffers", (window) => window.buffers, 0],
      ["buffers a row", (window) => window.buffers_a_row, 1],
    ],
    targets: [
      { of: kTrickleOfMany, to: kTrickleOfFew, figure: "buffers_a_row", at_most: 1.5 },
      { of: kTrickleOfMany, figure: "buffers_a_row", at_most: 10 },
    ],
  },
  yardsticks: { columns: kHeartbeatColumns, targets: [] },
  fanout: {
    columns: realtime_columns("deliveries"),
    targets: [realtime_target(0.85), realtime_target(4, "gorilla-hub")],
  },
  send: {
    columns: realtime_columns("messages"),
    targets: [realtime_target(0.8), realtime_target(undefined, "gorilla-hub")],
  },
  echo: { columns: realtime_columns("echoes"), targets: [realtime_target(0.8)] },
  handshakes: { columns: realtime_columns("handshakes"), targets: [realtime_target(0.7)] },
  idle: {
    columns: kIdleColumns,
    targets: [
      { of: "rollcall-realtime", figure: kIdleCost, at_most: 700 },
      { of: "rollcall-tls", figure: kIdleCost },
    ],
  },
  roster: {
    columns: kRosterColumns,
    targets: [
      { of: "1000000 members", figure: "bytes_a_member", at_most: 150 },
      { of: "1000000 members", to: "1000 members", figure: "count_ns", at_most: 2 },
      { of: "1000000 members", to: "1000 members", figure: "touch_ns" },
    ],
  },
};

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function by_subject(windows) {
  const subjects = new Map();
  for (const window of windows) {
    const name = window.members ? `${window.members} members` : window.name;
    subjects.set(name, [...(subjects.get(name) ?? []), window]);
  }
  return subjects;
}

function print_table(columns, subjects) {
  const rows = [["", ...columns.map(([title]) => title)]];
  for (const [name, windows] of subjects) {
    const cells = columns.map(([, read, digits]) => {
      const value = median(windows.map(read));
      return Number.isFinite(value) ? value.toFixed(digits) : "";
    });
    rows.push([name, ...cells]);
  }
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  rows.splice(1, 0, widths.map((width, i) => "-".repeat(i ? width - 1 : width) + (i ? ":" : "")));
  for (const row of rows) {
    const cells = row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
    console.log(`| ${cells.join(" | ")} |`);
  }
}

// The two windows of a round stand next to each other in time, so each round gives a ratio of its
// own, and a slow minute of the machine touches both of its sides.
function check(target, subjects) {
  const { of, to, figure, at_least = -Infinity, at_most = Infinity } = target;
  const values = subjects.get(of).map((window, round) => {
    return window[figure] / (to ? subjects.get(to)[round][figure] : 1);
  });
  const value = median(values);
  return { ...target, value, values, is_met: value >= at_least && value <= at_most };
}

function print_check({ of, to, figure, at_least, at_most, value, values, is_met }) {
  const is_judged = at_least !== undefined || at_most !== undefined;
  const verdict = is_judged ? (is_met ? "pass" : "FAIL") : "    ";
  const bound = at_least === undefined ? `at most ${at_most}` : `at least ${at_least}`;
  const range = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const what = to ? `${figure}, ${of} to ${to}` : `${figure}, ${of}`;
  const wanted = is_judged ? `; wanted ${bound}` : "";
  console.log(`${verdict}  ${what}: ${value.toFixed(2)} (rounds ${range}${wanted})`);
}

// After the warm-up every session is online, so a server that loses or invents one is found out.
// The bare server only counts requests.
function miscounts(windows) {
  return windows.filter(({ name, sessions, online_min: min, online_max: max }) => {
    return sessions && name !== "bare-epoll" && (min !== sessions || max !== sessions);
  });
}

// A yardstick alone on its core fills it, or nearly.
function was_disturbed([name, windows]) {
  const busy = median(windows.map((window) => window.server_cpu_s / window.seconds));
  return !name.startsWith("rollcall") && busy < kQuietBusyShare;
}

const [suite, windows_file, report_file] = process.argv.slice(2);
const lines = readFileSync(windows_file, "utf8").trim().split("\n");
const windows = lines.map((line) => JSON.parse(line));
const subjects = by_subject(windows);
const { columns, targets } = kSuites[suite];
const checks = targets.map((target) => check(target, subjects));
const wrong = miscounts(windows);
const machine = {
  cpu: os.cpus()[0].model,
  cores: os.cpus().length,
  kernel: os.release(),
  node: process.version,
  load_average_1min: os.loadavg()[0],
};

print_table(columns, subjects);
checks.forEach(print_check);
for (const { name, sessions, online_min: min, online_max: max } of wrong) {
  console.log(`FAIL  ${name} counted ${min} to ${max} of ${sessions} sessions`);
}
if ([...subjects].some(was_disturbed)) {
  console.log("note  a yardstick did not fill its core: repeat this on a quiet machine");
}
const report = { suite, at: new Date().toISOString(), machine, checks, windows };
writeFileSync(report_file, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = wrong.length === 0 && checks.every(({ is_met }) => is_met) ? 0 : 1;
