// How retention is told: to the live page and to the dashboard.

import { numbers, part } from "./parts.mjs";

const sizes = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"].map((unit) =>
  new Intl.NumberFormat(undefined,
    { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }));

export function size_of(bytes) {
  const power = bytes < 1 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log10(bytes) / 3));
  return sizes[power].format(bytes / 1000 ** power);
}

export function duration_of(milliseconds) {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const rows_of = (count) => `${numbers.format(count)} ${count === 1 ? "row" : "rows"}`;

// Without a value the bar tells that work is under way, and not how far it is.
export function progress_of(policy, running) {
  const { way, deleted, due, percent, rowsPerSecond, timeLeftMs, slowedBy } = running;
  const bar = part("progress", [], { max: 100, "aria-label": `Run of ${policy}` });
  if (way === "nothing") return [bar, part("p", "looks at the table")];
  if (percent !== null) bar.setAttribute("value", percent);
  const words = [
    `${numbers.format(deleted)} of about ${rows_of(due)} gone`,
    `${numbers.format(rowsPerSecond)} a second`,
    ...(timeLeftMs === null ? [] : [`about ${duration_of(timeLeftMs)} left`]),
    ...(slowedBy === null ? [] : [`slowed by ${slowedBy}`]),
  ];
  return [bar, part("p", words.join(", "))];
}

export function run_words({ outcome, way, deleted, locked, refused, tookMs, error }) {
  if (outcome === "failed") return `failed: ${error}`;
  const kept = [[locked, "locked"], [refused, "refused"]]
    .filter(([count]) => count > 0)
    .map(([count, why]) => `, ${numbers.format(count)} ${why}`);
  if (way === "nothing") return "nothing to do";
  return `${outcome}: ${rows_of(deleted)} in ${duration_of(tookMs)}${kept.join("")}`;
}
