// The dashboard as an operator sees it, in each state that it is made for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { own_database } from "./database.mjs";
import { assert_fits, busy_answers, kPhone, look_at, open_dashboard, shows, start_watched,
  text_of } from "./dashboard_world.mjs";
import { wait_for } from "./harness.mjs";
import { start_plain_proxy } from "./plain_proxy.mjs";
import { add_gate, at_gate, kRunMs, make_sessions, open_gate, policy_text }
  from "./retention_world.mjs";
import { call } from "./wire.mjs";

const kTellMs = 60_000;  // for what takes some seconds, on a busy machine

const beat = (server, sessionId) =>
  call(server, "POST", "/api/sessions/activity", { body: { sessionId } });

test("a quiet node says that all is well", async (t) => {
  const server = await start_watched(t, { args: ["--node-name", "web-1"] });
  const { page, complaints } = await open_dashboard(t, server);
  await shows(page, "#link", /^live$/);
  await shows(page, "#tiles", /People online0.*WebSockets0/);
  assert.match(await text_of(page, ".brand"), /rollcall on web-1/);
  assert.equal(await page.locator("#troubles li").count(), 0);
  assert.ok(await page.isVisible("#no_changes"));
  assert.match(await text_of(page, "#nodes_note"), /knows of no other/);
  assert.match(await text_of(page, "#nodes"), /web-1 \(this one\)live/);
  assert.match(await text_of(page, "#slow_words"), /^None/);
  await beat(server, "ada");
  await shows(page, "#tiles", /People online1/);
  await look_at(page, "quiet");
  assert.deepEqual(complaints, []);
});

test("an hour's history is there at once, as charts and as tables", async (t) => {
  const server = await start_watched(t);
  const answers = busy_answers();
  for (const colorScheme of ["light", "dark"]) {
    const { page, complaints } = await open_dashboard(t, server,
      { answers, colorScheme });
    const chart = page.getByRole("img", { name: /^Online, by roster; now: online_sessions 1,/ });
    await chart.waitFor();
    assert.match(await text_of(page, "#slow_words"), /^3 in the last hour, 5 since the start/);
    assert.equal(await page.locator("#slow li").count(), 2);
    await look_at(page, `busy_${colorScheme}`);
    await page.click("#beats_chart summary");
    const head = await page.locator("#beats_chart thead th").allTextContents();
    assert.deepEqual(head, ["Time", "redis", "postgres"], "sources that answered");
    assert.equal(await page.locator("#beats_chart tbody tr").count(), 20);
    assert.deepEqual(complaints, []);
  }
});

test("a phone scrolls one way only, in the dark too", async (t) => {
  const server = await start_watched(t);
  const { page, complaints } = await open_dashboard(t, server, {
    answers: busy_answers(), viewport: kPhone, colorScheme: "dark" });
  await page.getByRole("img", { name: /^WebSockets open; now/ }).waitFor();
  await assert_fits(page, kPhone);
  await look_at(page, "phone_dark");
  assert.deepEqual(complaints, []);
});

test("a run of retention shows how far it is", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 500 });
  add_gate(postgres);
  const server = await start_watched(t, { config: policy_text(postgres) });
  await at_gate(postgres);
  const { page, complaints } = await open_dashboard(t, server, { colorScheme: "dark" });
  await page.waitForSelector('#policies [data-policy="running"]', { timeout: kRunMs });
  await page.getByRole("progressbar", { name: "Run of sessions" }).waitFor();
  await look_at(page, "retention_running");
  open_gate(postgres);
  await shows(page, "#runs", /done: 1,000 rows/, kRunMs);
  assert.deepEqual(complaints, []);
});

test("once it is told it asks no more", async (t) => {
  const server = await start_watched(t);
  const { heard, complaints } = await open_dashboard(t, server);
  const told = (count) => wait_for(() => heard.frames.filter((type) => type === "rollcall.node")
    .length >= count, { what: `${count} frames`, bound_ms: kTellMs });
  await told(2);
  const { asked } = heard;
  await told(5);
  assert.equal(heard.asked, asked);
  assert.ok(heard.frames.includes("rollcall.history"));
  assert.deepEqual(complaints, []);
});

test("behind a proxy that passes no upgrade it asks", async (t) => {
  const server = await start_watched(t);
  const proxy = await start_plain_proxy(t, server);
  const { page, complaints } = await open_dashboard(t, proxy);
  await shows(page, "#tiles", /People online0/);
  await beat(server, "ada");
  await shows(page, "#tiles", /People online1/);
  await shows(page, "#link", /^live$/);
  assert.ok(proxy.refused() > 0, "it tried");
  assert.deepEqual(complaints.filter((words) => !/WebSocket/.test(words)), []);
});
