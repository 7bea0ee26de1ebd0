// What an operator relies on: health, metrics, and refusals that say what is wrong.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { free_port, run_rollcall, start_redis, start_rollcall, text_file, wait_for }
  from "./harness.mjs";
import { assert_error, call } from "./wire.mjs";

const kKey = "the-key-of-an-application";
const kShop = "https://shop.example";
const kNavbar = "/api/v1/rosters/online_sessions";

const with_key = (key) => ({ headers: { "X-API-Key": key } });

async function scrape(server, options = {}) {
  const answer = await call(server, "GET", "/metrics", options);
  assert.equal(answer.status, 200, answer.body);
  assert.match(answer.headers["content-type"], /^text\/plain; version=0\.0\.4/);
  return answer.body;
}

function sample(text, name) {
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  assert.ok(line, `${name} is not there`);
  return Number(line.slice(name.length + 1));
}

// The rules of the exposition format that a scraper minds.
function assert_exposition(text) {
  assert.ok(text.endsWith("\n"));
  const types = new Map();
  const seen = new Set();
  for (const line of text.trimEnd().split("\n")) {
    const [, comment, name, rest] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (comment === "TYPE") {
      assert.ok(!types.has(name), `${name} has its type twice`);
      assert.match(rest, /^(counter|gauge|histogram)$/);
      assert.equal(rest === "counter", name.endsWith("_total"), line);
      types.set(name, rest);
    }
    if (comment) continue;
    const label = '[a-z_]+="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
    const form = `^([a-z_]+)(\\{${label}(?:,${label})*\\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$`;
    const [, family, labels = ""] = new RegExp(form).exec(line) ?? [];
    assert.ok(family, `not a sample: ${line}`);
    const of = family.replace(/_(bucket|sum|count)$/, "");
    assert.ok(types.has(family) || types.get(of) === "histogram", `${family} has no type`);
    assert.ok(!seen.has(family + labels), `${line} is there twice`);
    seen.add(family + labels);
  }
  assert.ok(seen.size > 20, `${seen.size} samples`);
}

test("metrics are well-formed, need a key, and move", async (t) => {
  const config = `[server]\napi_keys = ["${kKey}"]\n[[roster]]\nname = "crm_navbar"\n`;
  const server = await start_rollcall(t, { dev: false, config });
  assert_error(await call(server, "GET", "/metrics"), 401, "api_key_required");
  const before = await scrape(server, with_key(kKey));
  assert_exposition(before);
  const beat = (body) => call(server, "POST", "/api/sessions/activity", { body });
  for (const sessionId of ["a", "b", "c"]) await beat({ sessionId });
  await beat({ sessionId: "c", leave: true });
  await beat();
  await beat("not JSON");
  const after = await scrape(server, with_key(kKey));
  assert_exposition(after);
  const moved = (name) => sample(after, name) - sample(before, name);
  assert.equal(moved("rollcall_heartbeats_total"), 4);
  assert.equal(moved("rollcall_session_leaves_total"), 1);
  assert.equal(moved("rollcall_sessions_minted_total"), 1);
  assert.equal(moved('rollcall_answers_total{source="memory",certainty="exact"}'), 5);
  assert.equal(moved('rollcall_answers_total{source="local",certainty="at-least"}'), 0);
  assert.equal(moved('rollcall_http_requests_total{class="2xx"}'), 6);
  assert.equal(moved('rollcall_http_requests_total{class="4xx"}'), 1);
  assert.equal(moved("rollcall_http_request_duration_seconds_count"), 7);
  const online = 'rollcall_online{roster="online_sessions"}';
  await wait_for(async () => sample(await scrape(server, with_key(kKey)), online) === 3, {
    what: "the count of the sessions",
  });
});

test("the status tells of a node in memory, with its rosters and connections", async (t) => {
  const config = '[server]\nnode_name = "one"\n[[roster]]\nname = "crm_navbar"\n';
  const server = await start_rollcall(t, { config, args: ["--threads", "2"] });
  await call(server, "PUT", "/api/v1/rosters/crm_navbar/members/17");
  const { status, headers, json } = await call(server, "GET", "/api/v1/status");
  assert.equal(status, 200);
  assert.equal(headers["cache-control"], "no-store");
  const { rosters, redis, postgres, ...node } = json;
  assert.deepEqual([node.node, node.draining], ["one", false]);
  assert.ok(node.connections >= 1, `${node.connections} connections`);
  assert.ok(node.uptimeMs >= 0 && node.uptimeMs < 60_000, `up for ${node.uptimeMs} ms`);
  assert.equal(Date.parse(rosters[0].since), Date.parse(node.at) - node.uptimeMs);
  const calm = { state: "normal", source: "memory", certainty: "exact", shadowMembers: 0,
    history: [] };
  assert.deepEqual(rosters.map(({ since, ...rest }) => rest), [
    { roster: "online_sessions", online: 0, ...calm },
    { roster: "crm_navbar", online: 1, ...calm },
  ]);
  const none = { configured: false, up: false, errors: 0, timeouts: 0 };
  assert.deepEqual([redis, postgres], [none, none]);
});

test("admin_listen has the metrics on a port of their own, without a key", async (t) => {
  const port = await free_port();
  const config = `[server]\nadmin_listen = "127.0.0.1:${port}"\n`;
  const server = await start_rollcall(t, { dev: false, config });
  const admin = { host: "127.0.0.1", port };
  assert_exposition(await scrape(admin));
  assert.equal((await call(admin, "GET", "/api/v1/status")).json.rosters.length, 1);
  assert_error(await call(server, "GET", "/api/v1/status"), 401, "api_key_not_configured");
  assert.equal((await call(admin, "GET", "/healthz")).status, 200);
  assert_error(await call(admin, "GET", "/api/sessions/online"), 404);
  assert_error(await call(server, "GET", "/metrics"), 401, "api_key_not_configured");
});

test("a Redis that is gone is told by readyz, and takes no node out", async (t) => {
  const redis = await start_redis(t);
  const server = await start_rollcall(t, { args: ["--redis", redis.url] });
  const ready = async () => {
    const answer = await call(server, "GET", "/readyz");
    assert.equal(answer.status, 200);
    return answer.json;
  };
  const is = (...expected) => async () => {
    const { status, degraded, rosters } = await ready();
    assert.equal(status, "ready");
    if (expected.length === 0) assert.deepEqual(rosters, {});
    return JSON.stringify(degraded) === JSON.stringify(expected);
  };
  await wait_for(is(), { what: "ready" });
  await redis.stop();
  await wait_for(is("redis"), { what: "degraded" });
  assert.equal((await call(server, "GET", "/healthz")).status, 200);
  await start_redis(t, { port: redis.port });
  await wait_for(is(), { what: "ready again" });
});

test("a port that is taken is a clear error", async (t) => {
  const first = await start_rollcall(t);
  const words = ["serve", "--dev", "--listen", `127.0.0.1:${first.port}`];
  const second = await run_rollcall(t, words);
  assert.equal(second.code, 1);
  assert.equal(second.output, "");
  assert.match(second.errors, new RegExp(`127\\.0\\.0\\.1:${first.port}.*in use`));
  assert.equal((await call(first, "GET", "/healthz")).status, 200);
  const admin = text_file(t, `[server]\nadmin_listen = "127.0.0.1:${first.port}"\n`);
  const third = await run_rollcall(t, ["serve", "--listen", "127.0.0.1:0", "--config", admin]);
  assert.deepEqual([third.code, third.output], [1, ""]);
  assert.match(third.errors, /in use/);
});

test("--dev serves this machine only", async (t) => {
  for (const listen of ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"]) {
    const { code, output, errors } = await run_rollcall(t, ["serve", "--dev", "--listen", listen]);
    assert.deepEqual([code, output], [1, ""]);
    assert.match(errors, /--dev/);
  }
  const config = `[server]\nallowed_origins = ["${kShop}"]\ntrusted_proxies = ["127.0.0.1/32"]\n`;
  const server = await start_rollcall(t, { config });
  const refused = [{ "X-Forwarded-For": "127.0.0.1" }, { Forwarded: "for=127.0.0.1" },
    { "X-Real-IP": "127.0.0.1" }, { "X-Forwarded-Host": "localhost" }, { Via: "1.1 proxy" },
    { "X-Forwarded-Proto": "http" }, { Host: "rollcall.example" }, { Host: "192.168.0.1" },
    { Host: `localhost.evil.example:${server.port}` }, { Host: "127.0.0.1.evil.example" },
    { Origin: kShop }, { Origin: "null" }, { Origin: "http://localhost.evil.example" }];
  for (const headers of refused) {
    for (const path of ["/api/sessions/online", kNavbar, "/metrics", "/"]) {
      const answer = await call(server, "GET", path, { headers });
      assert_error(answer, 403, "dev_is_local");
    }
  }
  for (const headers of [{}, { Host: "localhost" }, { Host: "[::1]:80" }, { Host: "127.9.9.9" },
    { Origin: "http://localhost:3000" }]) {
    assert.equal((await call(server, "GET", kNavbar, { headers })).status, 200);
  }
});

test("secrets never reach the output", async (t) => {
  const secrets = ["redis-pass-4711", "pg-pass-4712", kKey, "short-key", "a-forged-key-4713"];
  const redis = await start_redis(t, { args: ["--requirepass", "another"] });
  const config = `[server]\napi_keys = ["${kKey}"]\n[log]\nlevel = "debug"\n`;
  const env = { ROLLCALL_REDIS_URL: `redis://:${secrets[0]}@127.0.0.1:${redis.port}` };
  const server = await start_rollcall(t, { dev: false, config, env });
  const refusal = "does not accept the user and password";
  await wait_for(() => server.errors().includes(refusal), { what: "the refusal" });
  await call(server, "GET", kNavbar, with_key(kKey));
  assert_error(await call(server, "GET", kNavbar, with_key(secrets[4])), 401, "api_key_invalid");
  writeFileSync(server.file, config.replace(kKey, secrets[3]));
  server.child.kill("SIGHUP");
  await wait_for(() => server.errors().includes("not reloaded"), { what: "the complaint" });
  await server.stop();
  const said = [server.output(), server.errors()];

  const urls = `[redis]\nurl = "${env.ROLLCALL_REDIS_URL}"\n` +
    `[postgres]\nurl = "postgresql://me:${secrets[1]}@127.0.0.1:1/none"\n`;
  const good = text_file(t, config + urls);
  const bad = text_file(t, `${config.replace(kKey, secrets[3])}${urls.replaceAll(":", "::")}`);
  const commands = [["print-config", "--config", good], ["check-config", good],
    ["check-config", bad], ["serve", "--config", bad], ["migrate", "--config", good]];
  for (const words of commands) {
    const { output, errors } = await run_rollcall(t, words);
    assert.ok((output + errors).length > 0, words.join(" "));
    said.push(output, errors);
  }
  for (const secret of secrets) {
    const where = said.find((text) => text.includes(secret));
    assert.equal(where, undefined, `${secret} was told`);
  }
});
