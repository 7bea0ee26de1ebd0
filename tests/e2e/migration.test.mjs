// What docs/migrate says of an application's own table, key and presence while one moves over.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { own_database, psql } from "./database.mjs";
import { start_redis, start_rollcall, text_file, wait_for } from "./harness.mjs";
import { kNoSpread, open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const headers = { "X-API-Key": kKey };

const redis_cli = (redis, ...words) =>
  execFileSync("redis-cli", ["-p", String(redis.port), ...words], { encoding: "utf8" }).trim();

const online = async (server) => (await call(server, "GET", "/api/sessions/online")).json?.online;

async function source_of_beat(server, sessionId) {
  const answer = await call(server, "POST", "/api/sessions/activity", { body: { sessionId } });
  return answer.headers["x-rollcall-source"];
}

test("a table of heartbeats is counted, written, and rests while Redis answers", async (t) => {
  const [postgres, redis] = await Promise.all([own_database(), start_redis(t)]);
  psql(postgres, `CREATE TABLE active_sessions (session_id text PRIMARY KEY,
    last_activity timestamp NOT NULL DEFAULT now())`);
  psql(postgres, "INSERT INTO active_sessions VALUES ('theirs', now() AT TIME ZONE 'UTC')");
  const table = `[postgres]\nurl = "${postgres.url}"\nsessions_table = "active_sessions"\n`
    + 'sessions_time_zone = "UTC"\n';
  const rows = () => psql(postgres, "SELECT string_agg(session_id, ',' ORDER BY session_id) "
    + "FROM active_sessions");
  const before = await start_rollcall(t, { dev: false, config: table });
  await wait_for(async () => (await online(before)) === 1, { what: "the application's session" });
  assert.equal(await source_of_beat(before, "ours"), "postgres");
  assert.equal(rows(), "ours,theirs");
  assert.equal(await online(before), 2);
  await before.stop();

  const config = `${table}[redis]\nurl = "${redis.url}"\n`;
  const after = await start_rollcall(t, { dev: false, config });
  await wait_for(async () => (await source_of_beat(after, "new")) === "redis", { what: "Redis" });
  assert.equal(redis_cli(redis, "ZRANGE", "online_sessions", "0", "-1"), "new");
  assert.equal(await online(after), 1);
  assert.equal(rows(), "ours,theirs");
});

test("a roster in a set of Rails is theirs and ours", async (t) => {
  const redis = await start_redis(t);
  const key = "crm_navbar:live_users";
  redis_cli(redis, "ZADD", key, String(Date.now() / 1000), "17");
  const config = `[server]\napi_keys = ["${kKey}"]\n[redis]\nurl = "${redis.url}"\n`
    + `[[roster]]\nname = "crm_navbar"\nkey = "${key}"\nttl = "300s"\nscore = "s"\n`
    + 'key_expiry = "1d"\n';
  const server = await start_rollcall(t, { dev: false, config });
  const roster = "/api/v1/rosters/crm_navbar";
  const count = async () => (await call(server, "GET", roster, { headers })).json.online;
  await wait_for(async () => (await count()) === 1, { what: "whom Rails has touched" });
  await call(server, "PUT", `${roster}/members/23`, { headers });
  assert.equal(redis_cli(redis, "ZRANGE", key, "0", "-1"), "17\n23");
  const score = Number(redis_cli(redis, "ZSCORE", key, "23"));
  assert.ok(Math.abs(score - Date.now() / 1000) < 60, String(score));
  await call(server, "DELETE", `${roster}/members/23`, { headers });
  const own = redis_cli(redis, "KEYS", `*${key}*`).split("\n").sort();
  assert.deepEqual(own, [key, `{${key}}:epoch`, `{${key}}:left`].sort());
  redis_cli(redis, "DEL", key);
  await wait_for(async () => (await count()) === 0, { what: "the reset" });
});

test("a hub's presence key is there while a user of the gateway is", async (t) => {
  const redis = await start_redis(t);
  const secret = text_file(t, "the-secret-of-the-gateway\n", "gateway");
  const config = `[redis]\nurl = "${redis.url}"\n[gateway]\nsecret_file = "${secret}"\n`;
  const server = await start_rollcall(t, { dev: false, config, env: kNoSpread });
  const socket = await open_socket(t, server, {
    headers: { "X-User-ID": "ada", "X-Gateway-Secret": "the-secret-of-the-gateway" },
  });
  const since = Number(redis_cli(redis, "GET", "presence:ada"));
  assert.ok(Math.abs(since - Date.now() / 1000) < 60, String(since));
  const left = Number(redis_cli(redis, "TTL", "presence:ada"));
  assert.ok(left > 240 && left <= 300, String(left));
  redis_cli(redis, "PUBLISH", "rollcall:user:ada", '{"message":"hello"}');
  await socket.take(({ text }) => text === "hello", "what another program published");
  socket.send({ type: "anything" });
  assert.equal((await socket.take_type("rollcall.error")).code, "unknown_type");
});
