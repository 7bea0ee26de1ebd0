// Reads the windows of one run (a line of JSON each), prints their medians and the ratios that
// have a target, and writes all of it as JSON. Ends with 1 when a target is missed.

import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

const THROUGHPUT = 'requests_per_server_cpu_s';
const REDIS_COST = 'redis_cpu_us_per_request';
const QUIET_BUSY_SHARE = 0.7; // of the server's core; less means that others took its turns

const TARGETS = {
  'heartbeats-memory': [
    { of: 'rollcall-memory', to: 'bare-epoll', figure: THROUGHPUT, atLeast: 0.7 },
  ],
  'heartbeats-redis': [
    { of: 'rollcall-redis', to: 'node-pipeline', figure: THROUGHPUT, atLeast: 4 },
    { of: 'rollcall-redis', to: 'node-pipeline', figure: REDIS_COST, atMost: 0.25 },
  ],
  yardsticks: [],
};

const COLUMNS = [
  ['requests per server-CPU-s', (window) => window[THROUGHPUT], 0],
  ['requests/s', (window) => window.requests_per_s, 0],
  ['server busy %', (window) => (100 * window.server_cpu_s) / window.seconds, 0],
  ['client busy %', (window) => (100 * window.client_cpu_s) / window.seconds, 0],
  ['Redis CPU us/request', (window) => window[REDIS_COST], 2],
  ['p50 us', (window) => window.p50_us, 0],
  ['p99 us', (window) => window.p99_us, 0],
  ['max us', (window) => window.max_us, 0],
];

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function byServer(windows) {
  const servers = new Map();
  for (const window of windows) {
    servers.set(window.name, [...(servers.get(window.name) ?? []), window]);
  }
  return servers;
}

function printTable(servers) {
  const rows = [['server', ...COLUMNS.map(([title]) => title)]];
  for (const [name, windows] of servers) {
    const cells = COLUMNS.map(([, read, digits]) => median(windows.map(read)).toFixed(digits));
    rows.push([name, ...cells]);
  }
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  rows.splice(1, 0, widths.map((width, i) => '-'.repeat(i ? width - 1 : width) + (i ? ':' : '')));
  for (const row of rows) {
    const cells = row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
    console.log(`| ${cells.join(' | ')} |`);
  }
}

// The two windows of a round stand next to each other in time, so each round gives a ratio of its
// own, and a slow minute of the machine touches both of its sides.
function check(target, servers) {
  const yardsticks = servers.get(target.to);
  const ratios = servers.get(target.of).map((window, round) => {
    return window[target.figure] / yardsticks[round][target.figure];
  });
  const ratio = median(ratios);
  const isMet = target.atLeast ? ratio >= target.atLeast : ratio <= target.atMost;
  return { ...target, ratio, ratios, isMet };
}

function printCheck({ of, to, figure, atLeast, atMost, ratio, ratios, isMet }) {
  const bound = atLeast ? `at least ${atLeast}` : `at most ${atMost}`;
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  console.log(
    `${isMet ? 'pass' : 'FAIL'}  ${figure}, ${of} to ${to}: ${ratio.toFixed(2)} ` +
      `(rounds ${range}; wanted ${bound})`,
  );
}

// After the warm-up every session is online, so a server that loses or invents one is found out.
// The bare server only counts requests.
function miscounts(windows) {
  return windows.filter(({ name, sessions, online_min: min, online_max: max }) => {
    return name !== 'bare-epoll' && (min !== sessions || max !== sessions);
  });
}

function wasDisturbed(windows) {
  return median(windows.map((window) => window.server_cpu_s / window.seconds)) < QUIET_BUSY_SHARE;
}

const [suite, windowsFile, reportFile] = process.argv.slice(2);
const windows = readFileSync(windowsFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const servers = byServer(windows);
const checks = TARGETS[suite].map((target) => check(target, servers));
const wrong = miscounts(windows);
const machine = {
  cpu: os.cpus()[0].model,
  cores: os.cpus().length,
  kernel: os.release(),
  node: process.version,
  load_average_1min: os.loadavg()[0],
};

printTable(servers);
checks.forEach(printCheck);
for (const { name, sessions, online_min: min, online_max: max } of wrong) {
  console.log(`FAIL  ${name} counted ${min} to ${max} of ${sessions} sessions`);
}
if ([...servers.values()].some(wasDisturbed)) {
  console.log('note  a server did not fill its core: repeat this on a quiet machine');
}
const report = { suite, at: new Date().toISOString(), machine, checks, windows };
writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = wrong.length === 0 && checks.every(({ isMet }) => isMet) ? 0 : 1;
