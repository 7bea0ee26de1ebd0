// The pages of the guide that are made from the program: they are as it is. With
// ROLLCALL_WRITE_DOCS set, they are written anew.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { own_database } from "./database.mjs";
import { run_rollcall, start_redis, start_rollcall, wait_for } from "./harness.mjs";
import { families_of, metrics_reference } from "./metrics_reference.mjs";
import { make_sessions, policy_text } from "./retention_world.mjs";
import { call } from "./wire.mjs";

function assert_page(name, text) {
  const file = new URL(`../../docs/${name}`, import.meta.url);
  if (process.env.ROLLCALL_WRITE_DOCS) writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text, `docs/${name} is not as the program is`);
}

test("docs/configuration.md is what the program prints, and has every setting", async (t) => {
  const reference = await run_rollcall(t, ["print-config", "--markdown"]);
  assert.equal(reference.code, 0, reference.errors);
  assert_page("configuration.md", reference.output);
  const printed = (await run_rollcall(t, ["print-config"])).output.split("\n");
  let section;
  let settings = 0;
  for (const line of printed) {
    section = /^(?:# )?(\[+[\w.]+\]+)$/.exec(line)?.[1] ?? section;
    const key = /^(?:# )?(\w+) = /.exec(line)?.[1];
    if (!key) continue;
    settings += 1;
    const part = reference.output.split("\n## ").find((each) => each.startsWith(`${section}\n`));
    assert.ok(part?.includes(`\n| \`${key}\` |`), `${section} ${key}`);
  }
  assert.ok(settings > 80, String(settings));
});

async function scrape(server) {
  const { body } = await call(server, "GET", "/metrics");
  return body;
}

test("docs/metrics.md has each series as servers tell it", async (t) => {
  const [redis, postgres] = await Promise.all([start_redis(t), own_database()]);
  make_sessions(postgres, { rows: 1 });
  const roster = '[[roster]]\nname = "crm_navbar"\n';
  const configs = { bare: "", redis: `[redis]\nurl = "${redis.url}"\n`,
    postgres: `[postgres]\nurl = "${postgres.url}"\n${policy_text(postgres)}` };
  const scrapes = {};
  for (const [name, config] of Object.entries(configs)) {
    const server = await start_rollcall(t, { config: config + roster });
    await wait_for(async () => (await scrape(server)).includes('roster="crm_navbar"'));
    scrapes[name] = await scrape(server);
  }
  assert_page("metrics.md", metrics_reference(scrapes));
  for (const { name, help, type } of Object.values(families_of(scrapes.postgres))) {
    assert.ok(help && type, name);
    assert.equal(type === "counter", name.endsWith("_total"), `${name} is a ${type}`);
  }
});
