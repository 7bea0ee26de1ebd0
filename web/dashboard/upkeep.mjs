// Retention: each policy, the run under way, and the latest runs.

import { element, fact, part, replace, time_of } from "/assets/parts.mjs";
import { duration_of, progress_of, rows_of, run_words, size_of }
  from "/assets/retention_words.mjs";
import { on_told } from "./feed.mjs";

const kShownRuns = 20;
const kBadges = { idle: "gone", running: "normal", failing: "down" };

function policy_item({ policy, table, state, running, nextAt, runs, deleted, bytes, backlog,
  oldestMs }) {
  const error = runs.at(-1)?.error;
  const oldest = oldestMs === null || backlog === 0 ? "" : `, up to ${duration_of(oldestMs)} old`;
  return part("li", [
    part("strong", policy),
    part("span", state, { class: "badge", "data-state": kBadges[state] ?? "gone" }),
    part("p", `table ${table}`, { class: "note" }),
    ...(running ? progress_of(policy, running) : []),
    ...(state === "failing" && error ? [part("p", error)] : []),
    part("dl", [
      fact("Deleted", `${rows_of(deleted)}, ${size_of(bytes)}`),
      fact("Due", `${rows_of(backlog)}${oldest}`),
      fact("Next run", state === "running" ? ["now"] : [time_of(nextAt)]),
    ]),
  ], { "data-policy": state });
}

function run_item({ policy, ...run }) {
  const reason = run.reason ? `, ${run.way}: ${run.reason}` : "";
  const about = part("span", [time_of(run.at), ` ${policy}${reason}`], { class: "about" });
  const state = run.outcome === "failed" ? "down" : "normal";
  return part("li", [run_words(run), about], { "data-state": state });
}

on_told(({ status: { retention } }) => {
  const runs = retention
    .flatMap(({ policy, runs: latest }) => latest.map((run) => ({ policy, ...run })))
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
    .slice(0, kShownRuns);
  element("retention").hidden = retention.length === 0;
  replace(element("policies"), retention.map(policy_item));
  replace(element("runs"), runs.map(run_item));
  element("runs").hidden = runs.length === 0;
  element("no_runs").hidden = runs.length > 0;
});
