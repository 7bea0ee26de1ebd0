// The dashboard as an operator sees it, in each state that it is made for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_node, wait_until_healthy } from "./cluster.mjs";
import { own_database } from "./database.mjs";
import { open_browser } from "./browser.mjs";
import { assert_fits, busy_answers, kPhone, look_at, open_dashboard, shows, text_of }
  from "./dashboard_world.mjs";
import { start_redis, start_rollcall, wait_for } from "./harness.mjs";
import { add_gate, at_gate, kRunMs, make_sessions, open_gate, policy_text }
  from "./retention_world.mjs";
import { open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

const beat = (server, sessionId) =>
  call(server, "POST", "/api/sessions/activity", { body: { sessionId } });

test("a quiet node says that all is well", async (t) => {
  const server = await start_rollcall(t, { args: ["--node-name", "web-1"] });
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
  const server = await start_rollcall(t);
  const browser = await open_browser(t);
  const answers = busy_answers();
  for (const colorScheme of ["light", "dark"]) {
    const { page, complaints } = await open_dashboard(t, server,
      { answers, browser, colorScheme });
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
  const server = await start_rollcall(t);
  const { page, complaints } = await open_dashboard(t, server, {
    answers: busy_answers(), viewport: kPhone, colorScheme: "dark" });
  await page.getByRole("img", { name: /^WebSockets open; now/ }).waitFor();
  await assert_fits(page, kPhone);
  await look_at(page, "phone_dark");
  assert.deepEqual(complaints, []);
});

test("it tells that Redis is down, who answers instead, and that it is back", async (t) => {
  const [redis, postgres] = await Promise.all([start_redis(t), own_database()]);
  const server = await start_rollcall(t, {
    args: ["--redis", redis.url, "--postgres", postgres.url, "--node-name", "web-1"],
    config: '[sessions]\ntimeout = "6s"\n[store]\nsettle = "100ms"\n',
  });
  await wait_until_healthy(server);
  const { page, complaints } = await open_dashboard(t, server);
  await shows(page, "#rosters", /normalredis, exact/);
  await redis.stop("SIGKILL");
  await shows(page, "#troubles", /Redis is down/);
  await wait_for(async () => {
    await beat(server, "ada");
    return /fallback/.test(await text_of(page, "#rosters"));
  }, { what: "the fallback", bound_ms: 60_000 });
  assert.match(await text_of(page, "#servers"), /Redisdown.*PostgreSQLup/);
  await shows(page, "#changes", /normal → fallback/);
  await shows(page, "#news", /Redis is down/);
  await shows(page, "#nodes_note", /Redis does not tell|Redis has not answered/);
  await look_at(page, "redis_stopped");
  await start_redis(t, { port: redis.port });
  await shows(page, "#rosters", /normal/);
  await shows(page, "#news", /All is well again/);
  assert.deepEqual(complaints, []);
});

test("it tells of a node that was killed", async (t) => {
  const redis = await start_redis(t);
  const [north, south] = await Promise.all(["north", "south"].map((name) =>
    start_node(t, redis, name)));
  await Promise.all([north, south].map(wait_until_healthy));
  const { page, complaints } = await open_dashboard(t, north);
  await shows(page, "#nodes", /south/);
  await open_socket(t, south, { query: { user_id: "ada" } });
  const row = page.locator("#nodes tr").filter({ hasText: "south" });
  await wait_for(async () => /live1/.test(await row.textContent()), { what: "its WebSocket" });
  await south.stop("SIGKILL");
  await wait_for(async () => /lost/.test(await row.textContent()),
    { what: "the loss", bound_ms: 60_000 });
  await look_at(page, "node_killed");
  await wait_for(async () => /gone, was lost/.test(await row.textContent()),
    { what: "its end", bound_ms: 60_000 });
  assert.deepEqual(complaints, []);
});

test("a run of retention shows how far it is", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 500 });
  add_gate(postgres);
  const server = await start_rollcall(t, { config: policy_text(postgres) });
  await at_gate(postgres);
  const { page, complaints } = await open_dashboard(t, server, { colorScheme: "dark" });
  await page.waitForSelector('#policies [data-policy="running"]', { timeout: kRunMs });
  await page.getByRole("progressbar", { name: "Run of sessions" }).waitFor();
  await look_at(page, "retention_running");
  open_gate(postgres);
  await shows(page, "#runs", /done: 1,000 rows/, kRunMs);
  assert.deepEqual(complaints, []);
});

test("a server that is gone leaves what was last known, and says so", async (t) => {
  const server = await start_rollcall(t);
  const { page } = await open_dashboard(t, server);
  await shows(page, "#link", /^live$/);
  await server.stop();
  await shows(page, "#link", /does not answer/);
  assert.ok(await page.isVisible("#board"));
  await look_at(page, "server_gone");
  await start_rollcall(t, { port: server.port });
  await shows(page, "#link", /^live$/);
});
