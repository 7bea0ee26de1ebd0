// What docs/migrate says of an application's own table, key and presence while one moves over,
// with the settings of those pages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { own_database, psql } from "./database.mjs";
import { block_with } from "./guide_pages.mjs";
import { start_redis, start_rollcall, text_file, wait_for } from "./harness.mjs";
import { start_nginx } from "./nginx.mjs";
import { kNoSpread, open_socket, refused_handshake } from "./socket.mjs";
import { call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const kSecret = "the-secret-of-the-gateway";
const kApplication = "the application";  // answers so, whatever one asks
const headers = { "X-API-Key": kKey };

// Of a page, with the servers and files of a test in the place of those that it names.
function settings_of(t, page, part, { redis, postgres } = {}) {
  const block = block_with(`docs/migrate/${page}`, "toml", part)
    .replace("redis://127.0.0.1", redis?.url)
    .replace("postgresql://app@127.0.0.1/app", postgres?.url);
  const texts = { api_keys: kKey, gateway_secret: kSecret };
  return block.replace(/\/etc\/rollcall\/(\w+)/g, (_, name) => text_file(t, texts[name], name));
}

// nginx in front of the application, with a `location` of the page and `more` beside it.
function start_front(t, server, page, location, more = "") {
  const block = block_with(`docs/migrate/${page}`, "nginx", location).replace('"..."', kSecret);
  return start_nginx(t, server, (site) => `${site.slice(0, site.indexOf("\nserver {"))}
server {
  listen 80;
  access_log /var/log/nginx/rollcall.log;
  location / { return 200 "${kApplication}"; }
${block}
${more}
}`);
}

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
  const table = settings_of(t, "database-heartbeat.md", "sessions_table", { postgres });
  const rows = () => psql(postgres, "SELECT string_agg(session_id, ',' ORDER BY session_id) "
    + "FROM active_sessions");
  const before = await start_rollcall(t, { dev: false, config: table });
  await wait_for(async () => (await online(before)) === 1, { what: "the application's session" });
  assert.equal(await source_of_beat(before, "ours"), "postgres");
  assert.equal(rows(), "ours,theirs");
  assert.equal(await online(before), 2);
  const front = await start_front(t, before, "database-heartbeat.md", "/api/sessions/");
  assert.equal(await source_of_beat(front, "ours"), "postgres");
  assert.equal((await call(front, "GET", "/orders")).body, kApplication);
  await before.stop();

  const config = table + settings_of(t, "database-heartbeat.md", "[redis]", { redis });
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
  const config = settings_of(t, "rails-sorted-set.md", "[[roster]]", { redis });
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

// As an application tells nginx who is signed in.
async function start_application(t) {
  const application = createServer(({ headers: { cookie } }, response) => {
    const user = /user=(\w+)/.exec(cookie)?.[1];
    response.writeHead(user ? 204 : 401, user ? { "X-User-ID": user } : {}).end();
  }).listen(0, "127.0.0.1");
  t.after(() => application.close());
  await once(application, "listening");
  return `location = /authenticate {
    internal;
    proxy_pass http://127.0.0.1:${application.address().port};
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
  }`;
}

test("a hub's presence key is there while a user of the gateway is", async (t) => {
  const redis = await start_redis(t);
  const config = settings_of(t, "go-hub.md", "[gateway]", { redis })
    .replace(/^presence_prefix.*$/m, "");
  const server = await start_rollcall(t, { dev: false, config, env: kNoSpread });
  const front = await start_front(t, server, "go-hub.md", "/api/v1/realtime/ws",
    await start_application(t));
  const eve = { "X-User-ID": "eve", "X-Gateway-Secret": kSecret };
  assert.equal((await refused_handshake(front, { headers: eve })).status, 401);
  const socket = await open_socket(t, front, { headers: { ...eve, Cookie: "user=ada" } });
  assert.equal(socket.welcome.user, "ada");
  const since = Number(redis_cli(redis, "GET", "presence:ada"));
  assert.ok(Math.abs(since - Date.now() / 1000) < 60, String(since));
  const left = Number(redis_cli(redis, "TTL", "presence:ada"));
  assert.ok(left > 240 && left <= 300, String(left));
  redis_cli(redis, "PUBLISH", "rollcall:user:ada", '{"message":"hello"}');
  await socket.take(({ text }) => text === "hello", "what another program published");
  socket.send({ type: "anything" });
  assert.equal((await socket.take_type("rollcall.error")).code, "unknown_type");
});
