// `rollcall doctor`, of set-ups that are well and of ones that are broken in one way each.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { psql } from "./database.mjs";
import { free_port, kBinary, run_rollcall, start_postgres, start_redis, start_rollcall, text_file,
  wait_for } from "./harness.mjs";
import { start_nginx } from "./nginx.mjs";
import { redis_cli } from "./outage_world.mjs";
import { kNoSpread } from "./socket.mjs";
import { kSecret } from "./tokens.mjs";
import { call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const kShop = "https://shop.example";
const kPassword = "a-password-for-the-tests-only";

const config_with = (more = "") => `[server]
api_keys = ["${kKey}"]
allowed_origins = ["${kShop}"]
trusted_proxies = ["127.0.0.1/32"]
[limits]
connections = 100
[auth]
secret = "${kSecret}"
${more}`;

const start_server = (t, more) =>
  start_rollcall(t, { dev: false, env: kNoSpread, args: ["--threads", "2"],
    config: config_with(more) });

// {code, findings, of(check) -> the worst finding of it, text}
async function examine(t, file, port, words = []) {
  const env = { ROLLCALL_SERVER_LISTEN: `127.0.0.1:${port}` };
  const answer = await run_rollcall(t, ["doctor", "--config", file, "--json", ...words], { env });
  for (const secret of [kKey, kPassword, kSecret]) {
    assert.ok(!(answer.output + answer.errors).includes(secret), answer.output);
  }
  assert.match(answer.output, /^\{.*\}\n$/, answer.errors);
  const { findings } = JSON.parse(answer.output);
  const text = findings.map(({ area, check, severity, what, mend }) =>
    `${severity} ${area} ${check}: ${what} -> ${mend}`).join("\n");
  const order = ["ok", "note", "warning", "problem"];
  const of = (check) => {
    const found = findings.filter((finding) => finding.check === check)
      .sort((a, b) => order.indexOf(b.severity) - order.indexOf(a.severity));
    assert.ok(found.length > 0, `nothing about ${check}:\n${text}`);
    return found[0];
  };
  const worse = findings.filter(({ severity }) => order.indexOf(severity) > 1);
  assert.equal(answer.code, worse.length > 0 ? 1 : 0, text);
  return { findings, worse, of, text };
}

const look = (t, server, words) => examine(t, server.file, server.port, words);

test("a set-up that is well has nothing to mend, and nobody stays in its count", async (t) => {
  const redis = await start_redis(t);
  const server = await start_server(t, `[redis]\nurl = "${redis.url}"\n[realtime]\nping = "1s"`);
  const front = await start_nginx(t, server);
  await wait_for(async () => (await run_rollcall(t, ["status", "--url", server.url],
    { env: { ROLLCALL_API_KEY: kKey } })).code === 0, { what: "the server to be settled" });
  const found = await look(t, server, ["--public-url", front.url, "--wait"]);
  assert.deepEqual(found.worse, [], found.text);
  for (const check of ["eviction", "acl", "cookie", "websocket", "idle timeout", "files",
    `origin ${kShop}`, "foreign origin", "ready", "status"]) {
    assert.equal(found.of(check).severity, "ok", found.text);
  }
  const { json } = await call(server, "GET", "/api/sessions/online");
  assert.deepEqual(json, { online: 0 });
});

test("it speaks to people, too, and says when it is not understood", async (t) => {
  const file = text_file(t, config_with());
  const port = await free_port();
  const env = { ROLLCALL_SERVER_LISTEN: `127.0.0.1:${port}` };
  const told = await run_rollcall(t, ["doctor", "--config", file], { env });
  assert.equal(told.code, 1, told.errors);
  assert.match(told.output, /^ {2}problem {2}reachable: .*\n {11}-> start it/m);
  assert.match(told.output, /\d+ things looked at: 1 problem/);
  const unknown = await run_rollcall(t, ["doctor", "--jsn"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.errors, /unknown flag "--jsn"; did you mean --json\?/);
  for (const url of ["presence.example", "https://presence.example/path"]) {
    const wrong = await run_rollcall(t, ["doctor", "--public-url", url]);
    assert.deepEqual([wrong.code, wrong.output], [2, ""]);
    assert.match(wrong.errors, /--public-url: expects a URL such as http/);
  }
  const tokenless = await run_rollcall(t, ["doctor", "--token-file", "/nowhere"]);
  assert.equal(tokenless.code, 2, tokenless.output);
  const full = spawnSync("sh", ["-c", '"$0" version >/dev/full', kBinary], { encoding: "utf8" });
  assert.equal(full.status, 1);
  assert.equal(full.stderr, "rollcall: standard output cannot be written\n");
  const { output } = await run_rollcall(t, ["doctor", "--help"]);
  assert.match(output, /--public-url.*\n[^]*Exits with 0/);
});

test("Redis that evicts, that is a replica, that is a cluster's", async (t) => {
  const find = async (args) => {
    const redis = await start_redis(t, { args });
    const file = text_file(t, config_with(`[redis]\nurl = "${redis.url}"`));
    return examine(t, file, await free_port());
  };
  const evicting = await find(["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
  assert.equal(evicting.of("eviction").severity, "problem");
  assert.match(evicting.of("eviction").mend, /maxmemory-policy noeviction/);
  const replica = await find(["--replicaof", "127.0.0.1", "1"]);
  assert.equal(replica.of("role").severity, "problem");
  const cluster = await find(["--cluster-enabled", "yes", "--cluster-port", "0"]);
  assert.equal(cluster.of("cluster").severity, "problem");
  const narrow = await find(["--client-output-buffer-limit", "pubsub", "65536", "0", "0"]);
  assert.equal(narrow.of("buffers").severity, "warning");
});

test("a Redis user that lacks a command, keys, channels, INFO or MULTI", async (t) => {
  const redis = await start_redis(t);
  redis_cli(redis, "ZADD", "online_sessions", "1", "somebody");
  const find = async (name, ...rules) => {
    redis_cli(redis, "ACL", "SETUSER", name, "reset", "on", `>${kPassword}`, ...rules);
    const url = redis.url.replace("//", `//${name}:${kPassword}@`);
    const file = text_file(t, config_with(`[redis]\nurl = "${url}"`));
    return (await examine(t, file, await free_port())).of;
  };
  const all = ["~online_sessions", "~{online_sessions}:*", "~presence:*", "~{presence:*",
    "~rollcall:*", "&rollcall:*", "+@all", "-@dangerous", "+info", "-config"];
  assert.equal((await find("just_right", ...all))("acl").severity, "ok");
  const no_command = (await find("no_command", ...all, "-zadd", "-pexpire"))("acl");
  assert.equal(no_command.severity, "problem");
  assert.match(no_command.what, /may not run PEXPIRE, ZADD$/);
  assert.match(no_command.mend, /^ACL SETUSER no_command \+pexpire \+zadd;/);
  const no_channel =
    (await find("no_channel", ...all, "resetchannels", "&rollcall:user:*"))("acl");
  assert.match(no_channel.what, /may not use the channels rollcall:\*$/);
  const no_key = (await find("no_key", ...all, "resetkeys", "~online_sessions", "~presence:*",
    "~rollcall:*"))("acl");
  assert.match(no_key.what, /may not use the keys \{online_sessions\}:\*, \{presence:\*$/);
  assert.equal((await find("no_info", ...all, "-info"))("info").severity, "warning");
  const before = redis_cli(redis, "--scan");
  assert.equal((await find("no_multi", ...all, "-multi"))("acl").severity, "note");
  assert.equal(redis_cli(redis, "--scan"), before, "nothing was run");
  assert.equal(redis_cli(redis, "ZCARD", "online_sessions").trim(), "1");
  redis_cli(redis, "ACL", "SETUSER", "just_right", `<${kPassword}`);
  const url = redis.url.replace("//", `//just_right:${kPassword}@`);
  const shut = await examine(t, text_file(t, config_with(`[redis]\nurl = "${url}"`)),
    await free_port());
  assert.match(shut.of("reachable").what, /user and password/);
});

test("PostgreSQL: tables that are missing, or of the wrong shape; what retention meets",
  async (t) => {
    const postgres = await start_postgres(t);
    const sql = (text) => psql(postgres, text);
    const find = async (more = "", role = "rollcall") => examine(t, text_file(t, config_with(
      `[postgres]\nurl = "${postgres.url.replace("rollcall@", `${role}:${kPassword}@`)}"\n` +
      more)), await free_port());
    const empty = await find("migrate = false");
    assert.equal(empty.of("tables").severity, "problem");
    assert.equal(empty.of("autovacuum").severity, "warning", "as the tests start it");
    await run_rollcall(t, ["migrate", "--postgres", postgres.url]);
    const sessions = `sessions_table = "active_sessions"
[[retention]]
name = "old"
preset = "active_sessions"`;
    assert.equal((await find(sessions)).of("table active_sessions").severity, "problem");
    assert.equal((await find(sessions)).of("old").severity, "problem");
    sql(`CREATE TABLE active_sessions (session_id text PRIMARY KEY,
      last_activity timestamp NOT NULL DEFAULT now())`);
    sql("CREATE INDEX by_activity ON active_sessions (last_activity)");
    const indexed = await find(sessions);
    assert.equal(indexed.of("tables").severity, "ok");
    assert.equal(indexed.of("old").severity, "ok");
    const shape = indexed.of("table active_sessions");
    assert.equal(shape.severity, "warning");
    assert.match(shape.mend, /DROP INDEX CONCURRENTLY by_activity/);
    sql("CREATE INDEX lately ON active_sessions (session_id) WHERE last_activity > '2026-01-01'");
    const partial = (await find(sessions)).of("table active_sessions");
    assert.match(partial.what, /by_activity, lately/);
    sql("DROP INDEX by_activity, lately");
    assert.equal((await find(sessions)).of("table active_sessions").severity, "note");
    sql("ALTER TABLE active_sessions SET (fillfactor = 50)");
    sql("ALTER TABLE active_sessions SET (autovacuum_enabled = off)");
    assert.match((await find(sessions)).of("table active_sessions").what, /autovacuum is off/);
    sql("ALTER TABLE active_sessions RESET (autovacuum_enabled)");
    assert.equal((await find(sessions)).of("table active_sessions").severity, "ok");
    sql("CREATE ROLE weak LOGIN");
    const weak = await find(sessions, "weak");
    assert.match(weak.of("tables").mend, /GRANT SELECT ON rollcall_schema TO weak/);
    assert.match(weak.of("table rollcall_members").mend, /^GRANT SELECT, INSERT/);
    assert.match(weak.of("old").what, /GRANT DELETE ON .* TO weak/);
    sql("ALTER ROLE rollcall SET default_transaction_read_only = on");
    assert.equal((await find()).of("role").severity, "problem");
    await postgres.stop();
    const stopped = await find(sessions);
    assert.equal(stopped.of("reachable").severity, "problem");
    assert.match(stopped.of("old").mend, /is the URL right/);
  });

test("proxies that lose the Host, the upgrade, cookies, headers or their patience", async (t) => {
  const server = await start_server(t, '[realtime]\nping = "60s"');
  const behind = async (edit, words = []) => {
    const front = await start_nginx(t, server, edit);
    return (await look(t, server, ["--public-url", front.url, ...words])).of;
  };
  const hostless = await behind((site) => site.replace("Host $http_host", "Host rollcall"));
  assert.equal(hostless("beat").severity, "problem");
  assert.match(hostless("beat").mend, /proxy_set_header Host/);
  const flat = await behind((site) => site.replace(/proxy_set_header Upgrade .*/, ""));
  assert.equal(flat("websocket").severity, "problem");
  assert.match(flat("websocket").mend, /Upgrade/);
  const answering = await behind((site) =>
    site.replace("location / {", `location / { add_header Access-Control-Allow-Origin "*";`));
  assert.match(answering(`origin ${kShop}`).what, /twice/);
  const forgetful = await behind((site) =>
    site.replace("proxy_set_header Host", 'proxy_set_header Cookie "";\n  proxy_set_header Host'));
  assert.match(forgetful("cookie").what, /each beat is a new visitor/);
  assert.deepEqual((await call(server, "GET", "/api/sessions/online")).json, { online: 0 });
  const hiding = await behind((site) => site.replace("location / {",
    "location / { proxy_hide_header Access-Control-Allow-Origin;"));
  assert.equal(hiding(`origin ${kShop}`).severity, "problem");
  const hasty = await behind((site) => site.replace("proxy_read_timeout 150s",
    "proxy_read_timeout 1s"), ["--wait"]);
  assert.equal(hasty("idle timeout").severity, "problem");
  assert.match(hasty("idle timeout").what, /closed after \d+ s, before its ping at 60 s/);
  const elsewhere = await behind((site) => site.replace("location / {",
    "location /api/sessions/ { return 404; }\nlocation / {"));
  assert.match(elsewhere("beat").mend, /pass the paths under \/api\//);
});

test("an origin that is not allowed, and a server that runs with --dev", async (t) => {
  const server = await start_server(t);
  const found = await look(t, server, ["--origin", kShop, "--origin", "https://shop.exmple"]);
  assert.equal(found.of(`origin ${kShop}`).severity, "ok");
  assert.equal(found.of("origin https://shop.exmple").severity, "problem");
  assert.match(found.of("origin https://shop.exmple").mend, /allowed_origins/);
  const dev = await start_rollcall(t, { config: config_with() });
  const front = await start_nginx(t, dev);
  const refused = await look(t, dev, ["--public-url", front.url]);
  assert.match(refused.of("beat").what, /--dev/);
});

test("without a proxy there is no proxy to trust", async (t) => {
  const config = config_with().replace(/^trusted_proxies.*$/m, "");
  const server = await start_rollcall(t, { dev: false, env: kNoSpread, config });
  const direct = await look(t, server, ["--public-url", server.url]);
  assert.ok(direct.findings.every(({ check }) => check !== "addresses"), direct.text);
  const front = await start_nginx(t, server);
  const proxied = await look(t, server, ["--public-url", front.url]);
  assert.equal(proxied.of("addresses").severity, "warning");
});

test("a running server that may open too few files", async (t) => {
  const server = await start_server(t);
  execFileSync("prlimit", ["--pid", String(server.child.pid), "--nofile=300:300"]);
  const files = (await look(t, server)).of("files");
  assert.equal(files.severity, "warning");
  assert.match(files.what, /the server may open 300 files/);
});
