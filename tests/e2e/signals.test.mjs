// What SIGTERM and SIGHUP do to a server at work.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { start_rollcall, wait_for } from "./harness.mjs";
import { assert_error, call, parse_responses } from "./wire.mjs";

const kKey = "the-key-of-an-application";
const kNewKey = "the-key-that-comes-after-it";
const kShop = "https://shop.example";
const kNavbar = "/api/v1/rosters/online_sessions";

test("SIGTERM answers the request in flight, then ends", async (t) => {
  const server = await start_rollcall(t);
  const socket = connect(server);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  const idle = connect(server);
  t.after(() => idle.destroy());
  await once(idle, "connect");
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk) => (bytes = Buffer.concat([bytes, chunk])));
  const head = "POST /api/sessions/activity HTTP/1.1\r\nHost: localhost\r\n";
  socket.write(`${head}Expect: 100-continue\r\nContent-Length: 17\r\n\r\n`);
  await wait_for(() => String(bytes) === "HTTP/1.1 100 Continue\r\n\r\n", { what: "its head" });
  server.child.kill("SIGTERM");
  await once(idle.resume(), "close");
  await wait_for(() => server.errors().includes("draining"), { what: "the drain" });
  // Each shard closes its own listener, the last one a moment after the first.
  const refused = () =>
    call(server, "GET", "/healthz").then(() => false, (error) => error.code === "ECONNREFUSED");
  await wait_for(refused, { what: "every shard's listener is closed" });
  socket.write('{"sessionId":"a"}');
  await once(socket, "close");
  const [, answer] = parse_responses(bytes).responses;
  assert.deepEqual([answer.status, answer.body], [200, '{"online":1}']);
  assert.equal(answer.headers.connection, "close");
  assert.deepEqual(await server.exit, { code: 0, signal: null });
});

test("SIGTERM waits no longer than server.drain", async (t) => {
  const server = await start_rollcall(t, { config: '[server]\ndrain = "300ms"\n' });
  const socket = connect(server);
  t.after(() => socket.destroy());
  socket.write("POST /api/sessions/activity HTTP/1.1\r\nHost: localhost\r\n");
  await wait_for(async () =>
    /^rollcall_http_connections 2$/m.test((await call(server, "GET", "/metrics")).body),
    { what: "both" });
  const began = Date.now();
  server.child.kill("SIGTERM");
  assert.deepEqual(await server.exit, { code: 0, signal: null });
  assert.ok(Date.now() - began < 4000, `${Date.now() - began} ms`);
});

test("signals that come too late make no death of an end", async (t) => {
  const server = await start_rollcall(t);
  let has_ended = false;
  server.exit.then(() => (has_ended = true));
  const ask_again = () => {
    if (has_ended) return;
    server.child.kill("SIGTERM");
    setImmediate(ask_again);
  };
  server.child.stderr.on("data", (text) => String(text).includes("stopped") && ask_again());
  server.child.kill("SIGTERM");
  assert.deepEqual(await server.exit, { code: 0, signal: null });
});

test("SIGHUP takes new keys and origins, and keeps the old ones when it cannot", async (t) => {
  const settings = (key, origin) =>
    `[server]\napi_keys = ["${key}"]\nallowed_origins = ["${origin}"]\n`;
  const server = await start_rollcall(t, { dev: false, config: settings(kKey, kShop) });
  const status = async (headers) => (await call(server, "GET", kNavbar, { headers })).status;
  const expect = async (key, origin, others) => {
    assert.equal(await status({ "X-API-Key": key }), 200);
    assert.equal(await status({ "X-API-Key": key, Origin: origin }), 200);
    assert.equal(await status({ "X-API-Key": others.key }), 401);
    assert.equal(await status({ "X-API-Key": key, Origin: others.origin }), 403);
  };
  const old = { key: kKey, origin: kShop };
  const fresh = { key: kNewKey, origin: "https://new.example" };
  await expect(kKey, kShop, fresh);
  writeFileSync(server.file, settings(fresh.key, fresh.origin));
  server.child.kill("SIGHUP");
  await wait_for(async () => (await status({ "X-API-Key": kNewKey })) === 200, { what: "reload" });
  await expect(fresh.key, fresh.origin, old);

  const broken = [settings("short", kShop), "[server\n", settings(kKey, "not an origin"),
    `${settings(kKey, kShop)}unknown_key = 1\n`];
  for (const [index, text] of broken.entries()) {
    writeFileSync(server.file, text);
    server.child.kill("SIGHUP");
    const complaints = () => server.errors().split("not reloaded").length - 1;
    await wait_for(() => complaints() === index + 1, { what: "a complaint" });
    await expect(fresh.key, fresh.origin, old);
  }
});

test("SIGHUP adds and removes rosters, and the others keep their members", async (t) => {
  const settings = (...names) => names.map((name) => `[[roster]]\nname = "${name}"\n`).join("");
  const server = await start_rollcall(t, { config: settings("kept", "gone") });
  const roster = (name) => call(server, "GET", `/api/v1/rosters/${name}`);
  const touch = (name) => call(server, "PUT", `/api/v1/rosters/${name}/members/ann`);
  for (const name of ["kept", "gone"]) assert.equal((await touch(name)).body, '{"online":1}');
  writeFileSync(server.file, settings("new", "kept"));
  server.child.kill("SIGHUP");
  await wait_for(async () => (await roster("new")).status === 200, { what: "the new roster" });
  assert.equal((await touch("new")).body, '{"online":1}');
  assert.equal((await roster("kept")).json.online, 1);
  assert_error(await roster("gone"), 404, "roster_not_found");

  writeFileSync(server.file, `${settings("kept")}ttl = "1h"\n${settings("more")}`);
  server.child.kill("SIGHUP");
  await wait_for(() => server.errors().includes("not reloaded"), { what: "the complaint" });
  assert_error(await roster("more"), 404, "roster_not_found");
  assert.equal((await roster("new")).json.online, 1);
});
