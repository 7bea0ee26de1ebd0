// The alerts and the dashboard of deploy/, held against what /metrics really says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { start_postgres, start_redis, start_rollcall, text_file, wait_for } from "./harness.mjs";
import { make_sessions, policy_text } from "./retention_world.mjs";
import { call } from "./wire.mjs";
import { parse_yaml } from "./yaml.mjs";

const kDeploy = fileURLToPath(new URL("../../deploy", import.meta.url));
const kRules = join(kDeploy, "prometheus/rollcall.rules.yml");
const kScraped = new Set(["instance", "job"]);  // what Prometheus adds

const promtool = (...words) => execFileSync("promtool", words, { encoding: "utf8" });
const alerts = () =>
  parse_yaml(readFileSync(kRules, "utf8"))[0].groups.flatMap(({ rules }) => rules);
const dashboard = () => JSON.parse(readFileSync(join(kDeploy, "grafana/rollcall.json"), "utf8"));

// {title, expr} of everything that the dashboard asks, with its variables filled in.
function questions() {
  const { panels, annotations } = dashboard();
  const asked = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })));
  const notes = annotations.list.map(({ name, expr }) => ({ title: name, expr }));
  return [...asked, ...notes].map(({ title, expr }) => ({
    title,
    expr: expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "5m"),
  }));
}

// The samples of a scrape as {name, labels}.
function samples_of(text) {
  return text.split("\n").filter((line) => line && !line.startsWith("#")).map((line) => {
    const [, name, pairs = ""] = /^(\w+)(?:\{(.*)\})? /.exec(line);
    const labels = [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
    return { name, labels: Object.fromEntries(labels) };
  });
}

const kTests = {
  "=": (value, wanted) => value === wanted,
  "!=": (value, wanted) => value !== wanted,
  "=~": (value, wanted) => new RegExp(`^(?:${wanted})$`).test(value),
  "!~": (value, wanted) => !new RegExp(`^(?:${wanted})$`).test(value),
};

// What an expression asks for and no sample has.
function unanswered(expr, samples) {
  const complaints = [];
  const labels = new Set(kScraped);
  const selectors = expr.matchAll(/\b(rollcall_\w+)(\{([^}]*)\})?/g);
  for (const [selector, name, , matchers = ""] of selectors) {
    let found = samples.filter((sample) => sample.name === name);
    for (const { labels: own } of found) Object.keys(own).forEach((label) => labels.add(label));
    for (const [, label, operator, wanted] of matchers.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)) {
      if (kScraped.has(label)) continue;
      found = found.filter((sample) => label in sample.labels
        && kTests[operator](sample.labels[label], wanted));
    }
    if (found.length === 0) complaints.push(`nothing is ${selector}`);
  }
  for (const [, names] of expr.matchAll(/\b(?:by|without) \(([^)]*)\)/g)) {
    for (const label of names.split(/, */)) {
      if (!labels.has(label)) complaints.push(`nothing has the label ${label}`);
    }
  }
  return complaints;
}

const kSamples = samples_of('rollcall_a{state="up",roster="r"} 1\nrollcall_b 2\n');

test("an expression that asks for what is not there is found", () => {
  assert.deepEqual(unanswered('sum by (roster) (rollcall_a{state=~"up|down"}) / rollcall_b',
    kSamples), []);
  for (const expr of ["rollcall_c", 'rollcall_a{state="down"}', 'rollcall_b{state="up"}',
    "sum by (shape) (rollcall_a)", 'rollcall_a{state!="up"}']) {
    assert.equal(unanswered(expr, kSamples).length, 1, expr);
  }
});

test("every alert and every panel asks for metrics that there are", async (t) => {
  const redis = await start_redis(t);
  const postgres = await start_postgres(t);
  make_sessions(postgres);
  const server = await start_rollcall(t, {
    args: ["--redis", redis.url, "--postgres", postgres.url],
    config: `[[roster]]\nname = "crm_navbar"\n${policy_text(postgres)}`,
  });
  const scrape = async () => samples_of((await call(server, "GET", "/metrics")).body);
  await wait_for(async () => (await scrape()).some(({ name }) => name === "rollcall_bus_up"));
  const samples = await scrape();
  assert.ok(alerts().length > 10 && questions().length > 30);
  const asked = [...alerts().map(({ alert, expr }) => ({ title: alert, expr })), ...questions()];
  const complaints = asked.flatMap(({ title, expr }) =>
    unanswered(expr, samples).map((complaint) => `${title}: ${complaint}`));
  assert.equal(complaints.join("\n"), "");
});

test("Prometheus takes the alerts, and they fire when they should", () => {
  assert.match(promtool("check", "rules", kRules), new RegExp(`${alerts().length} rules found`));
  promtool("test", "rules", join(kDeploy, "prometheus/rollcall_test.yml"));
});

test("Prometheus understands what the dashboard asks", (t) => {
  const rules = questions().map(({ expr }, i) => ({ record: `question_${i}`, expr }));
  const groups = [{ name: "dashboard", rules }];
  const file = text_file(t, JSON.stringify({ groups }), "rules.yml");
  promtool("check", "rules", file);
});

test("the dashboard's panels lie side by side, each with a name and an id of its own", () => {
  const { panels } = dashboard();
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`));
  assert.equal(new Set(cells).size, cells.length, "no two cover one another");
});
