// The dashboard while something breaks: a store, another node, its own server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_node, wait_until_healthy } from "./cluster.mjs";
import { own_database } from "./database.mjs";
import { look_at, open_dashboard, shows, start_watched, text_of } from "./dashboard_world.mjs";
import { start_redis, wait_for } from "./harness.mjs";
import { open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

// A store that is away may leave a question without an answer.
const other_than_busy = (complaints) =>
  complaints.filter((words) => !/status of 503/.test(words));

const beat = (server, sessionId) =>
  call(server, "POST", "/api/sessions/activity", { body: { sessionId } });

test("it tells that Redis is down, who answers instead, and that it is back", async (t) => {
  const [redis, postgres] = await Promise.all([start_redis(t), own_database()]);
  const server = await start_watched(t, {
    args: ["--redis", redis.url, "--postgres", postgres.url, "--node-name", "web-1"],
    config: '[sessions]\ntimeout = "3s"\n[store]\nsettle = "100ms"\n',
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
  await shows(page, "#servers", /Redisdown.*PostgreSQLup/);
  await shows(page, "#changes", /normal → fallback/);
  await shows(page, "#news", /Redis is down/);
  await shows(page, "#nodes_note", /Redis does not tell|Redis has not answered/);
  await look_at(page, "redis_stopped");
  await start_redis(t, { port: redis.port });
  await shows(page, "#rosters", /normal/);
  await shows(page, "#news", /All is well again/);
  assert.deepEqual(other_than_busy(complaints), []);
});

test("it tells of a node that was killed", async (t) => {
  const redis = await start_redis(t);
  const [north, south] = await Promise.all(["north", "south"].map((name) =>
    start_node(t, redis, name)));
  await Promise.all([north, south].map(wait_until_healthy));
  await open_socket(t, south, { query: { user_id: "ada" } });
  const { page, complaints } = await open_dashboard(t, north);
  await shows(page, "#nodes", /south/);
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

test("a server that is gone leaves what was last known, and says so", async (t) => {
  const server = await start_watched(t);
  const { page } = await open_dashboard(t, server);
  await shows(page, "#link", /^live$/);
  await server.stop();
  await shows(page, "#link", /does not answer/);
  assert.ok(await page.isVisible("#board"));
  await look_at(page, "server_gone");
  await start_watched(t, { port: server.port });
  await shows(page, "#link", /^live$/);
});
