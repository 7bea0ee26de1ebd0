// How session tables are kept small: each policy, the run under way, and the latest runs. Hidden
// where there are no policies, or where the status needs a key.

import { element, fact, part, replace, time_of } from "./parts.mjs";
import { duration_of, progress_of, rows_of, run_words, size_of } from "./retention_words.mjs";
import { on_status } from "./status.mjs";

const kShownRuns = 20;
const failing = new Set();

function policy_card({ policy, table, state, running, nextAt, runs, deleted, bytes, backlog,
  oldestMs }) {
  const error = runs.at(-1)?.error;
  const next = state === "running" ? ["now"] : [time_of(nextAt)];
  const oldest = oldestMs === null || backlog === 0 ? "" : `, up to ${duration_of(oldestMs)} old`;
  const facts = part("dl", [
    fact("Deleted", `${rows_of(deleted)}, ${size_of(bytes)}`),
    fact("Due", `${rows_of(backlog)}${oldest}`),
    fact(state === "failing" ? "Tries again" : "Next run", next),
  ], { class: "store-facts" });
  return part("li", [
    part("h3", policy),
    part("p", state, { class: "store-state" }),
    part("p", `table ${table}`),
    ...(running ? progress_of(policy, running) : []),
    ...(state === "failing" && error ? [part("p", error, { class: "problem" })] : []),
    facts,
  ], { class: "card", "data-retention": state });
}

function run_item({ policy, ...run }) {
  const reason = run.reason ? `, ${run.way}: ${run.reason}` : "";
  const about = part("span", [time_of(run.at), ` ${policy}${reason}`], { class: "about" });
  return part("li", [run_words(run), about], { "data-outcome": run.outcome });
}

// A screen reader hears of failures and of their end, not of every run.
function announce(policies) {
  const news = [];
  for (const { policy, state } of policies) {
    if (state === "failing" && !failing.has(policy)) news.push(`${policy} fails`);
    if (state === "idle" && failing.delete(policy)) news.push(`${policy} works again`);
    if (state === "failing") failing.add(policy);
  }
  if (news.length > 0) element("retention_news").textContent = news.join(", ");
}

function show(policies) {
  const runs = policies
    .flatMap(({ policy, runs: latest }) => latest.map((run) => ({ policy, ...run })))
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
    .slice(0, kShownRuns);
  replace(element("policies"), policies.map(policy_card));
  replace(element("runs"), runs.map(run_item));
  element("no_runs").hidden = runs.length > 0;
  announce(policies);
}

on_status((status) => {
  const policies = status?.retention ?? [];
  element("retention").hidden = policies.length === 0;
  if (policies.length > 0) show(policies);
});
