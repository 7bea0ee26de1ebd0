// What the dashboard is told over its WebSocket, and who may be.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { kPaths } from "./dashboard_world.mjs";
import { free_port, start_rollcall } from "./harness.mjs";
import { kNoSpread, open_socket, protocol_of, refused_handshake } from "./socket.mjs";
import { call } from "./wire.mjs";

const kObservers = 64;
const kStepMs = 30_000;  // more than a step of the history takes
const kKeys = ["the-key-of-an-operator", "the-key-of-a-page???~~~"];  // its base64 has / and +
const with_keys = (keys) => `[server]\napi_keys = ${JSON.stringify(keys)}\n`;

const start = (t, options = {}) => start_rollcall(t, {
  env: kNoSpread, args: ["--threads", "2", "--log-level", "debug"], ...options });
const look_on = (t, server, options = {}) =>
  open_socket(t, server, { path: kPaths.stream, welcomed: false, ...options });
const shape_of = (value) => (value === null || typeof value !== "object" ? typeof value
  : Array.isArray(value) ? value.slice(0, 1).map(shape_of)
    : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shape_of(each)])));

test("it tells the history at first, and each second how the node fares", async (t) => {
  const server = await start(t);
  const socket = await look_on(t, server);
  const { type, ...history } = await socket.take_type("rollcall.history");
  const { status, nodes } = await socket.take_type("rollcall.node");
  const asked = async (path) => shape_of((await call(server, "GET", path)).json);
  assert.deepEqual(shape_of(status), await asked(kPaths.status));
  assert.deepEqual(shape_of(nodes), await asked(kPaths.nodes));
  assert.deepEqual(Object.keys(history), Object.keys(await asked(kPaths.history)));
  const later = await socket.take_type("rollcall.node");
  assert.ok(later.status.uptimeMs > status.uptimeMs);

  await call(server, "POST", "/api/sessions/activity", { body: { sessionId: "ada" } });
  await socket.take(({ json }) => json.status?.rosters[0].online === 1, "the visitor");
  const { at } = (await socket.take(({ json }) => json.at?.length > history.at.length,
    "another step", kStepMs)).json;
  assert.ok(at.length > history.at.length);
});

test("who looks on is no user, and is sent nothing that is for users", async (t) => {
  const server = await start(t);
  const socket = await look_on(t, server);
  const user = await open_socket(t, server, { user: "ada" });
  await call(server, "POST", "/api/v1/realtime/broadcast", { body: "for all" });
  await user.take(({ text }) => text === "for all");
  await socket.take(({ json }) => json?.nodes?.nodes[0].connections === 1
    && json.status.connections === 2, "a user beside the observer");
  const { users } = (await call(server, "GET", "/api/v1/realtime/users")).json;
  assert.deepEqual(users, ["ada"]);
  await socket.take_type("rollcall.node");
  assert.ok(socket.received.every(({ json }) => json));
  const { body } = await call(server, "GET", "/metrics");
  assert.match(body, /^rollcall_websockets 1$/m);
  assert.match(body, /^rollcall_websocket_messages_sent_total 2$/m, "a welcome and a message");
});

test("what an observer says is refused, and disturbs nobody", async (t) => {
  const server = await start(t);
  const [loud, quiet] = await Promise.all([look_on(t, server), look_on(t, server)]);
  await loud.take_type("rollcall.node");
  const watch = JSON.stringify({ type: "rollcall.watch", users: ["ada"] });
  for (const words of ["{", "hello", watch, Buffer.from([0, 255])]) {
    loud.ws.send(words);
    assert.equal((await loud.take_type("rollcall.error")).code, "unknown_type");
  }
  loud.ws._socket.write(Buffer.from([0xff, 0xff]));  // no frame
  assert.equal((await loud.closed).code, 1002);
  quiet.received.length = 0;
  await quiet.take_type("rollcall.node");
});

test("the key opens it from a header or a subprotocol, and is in no log", async (t) => {
  const server = await start(t, { dev: false, config: with_keys(kKeys) });
  const [for_header, for_page] = kKeys;
  const sockets = await Promise.all([
    { headers: { "X-API-Key": for_header } },
    { headers: { Authorization: `Bearer ${for_header}` } },
    { protocols: ["rollcall.v1", protocol_of(for_page)] },
  ].map((proof) => look_on(t, server, proof)));
  await Promise.all(sockets.map((socket) => socket.take_type("rollcall.node")));
  assert.deepEqual(sockets.map(({ ws }) => ws.protocol), ["", "", "rollcall.v1"]);
  for (const secret of [for_header, for_page, protocol_of(for_page)]) {
    assert.ok(!server.errors().includes(secret), "no log has the key");
  }
});

const code_of = async (server, headers) => {
  const { status, json } = await refused_handshake(server, { path: kPaths.stream, headers });
  return `${status} ${json?.error.code}`;
};

test("without a key that is known it stays closed", async (t) => {
  const server = await start(t, { dev: false, config: with_keys(kKeys) });
  const offering = (...names) => ({ "Sec-WebSocket-Protocol": names.join(", ") });
  assert.equal(await code_of(server, {}), "401 api_key_required");
  assert.equal(await code_of(server, offering("rollcall.v1")), "401 api_key_required");
  for (const name of [protocol_of("another-key-altogether"), `key.${kKeys[0]}`, "key.=="]) {
    const code = await code_of(server, offering("rollcall.v1", name));
    assert.equal(code, "401 api_key_invalid", name);
  }
  const asked = await call(server, "GET", kPaths.status,
    { headers: offering(protocol_of(kKeys[0])) });
  assert.equal(asked.status, 401, "a subprotocol is for sockets");
  const closed = await start(t, { dev: false });
  assert.equal(await code_of(closed, {}), "401 api_key_not_configured");
});

test("a page of another origin is refused, also where no key is needed", async (t) => {
  const port = await free_port();
  const config = `[server]\nadmin_listen = "127.0.0.1:${port}"\n`;
  const main = await start(t, { dev: false, config });
  const admin = { ...main, port, url: `http://127.0.0.1:${port}` };
  const own = await look_on(t, admin, { headers: { Origin: admin.url } });
  await own.take_type("rollcall.node");
  const keyed = await start(t, { dev: false, config: with_keys(kKeys) });
  const dev = await start(t);
  for (const origin of ["https://a.example", "null", "http://127.0.0.1.a.example"]) {
    const headers = { Origin: origin, "X-API-Key": kKeys[0] };
    assert.equal(await code_of(admin, headers), "403 origin_not_allowed", origin);
    assert.equal(await code_of(keyed, headers), "403 origin_not_allowed", origin);
    assert.equal(await code_of(dev, headers), "403 dev_is_local", origin);
  }
  assert.equal(await code_of(admin, { Origin: main.url }), "403 origin_not_allowed");
});

test("a node has so many observers and no more", async (t) => {
  const server = await start(t);
  const places = Array.from({ length: kObservers });
  const observers = await Promise.all(places.map(() => look_on(t, server)));
  await Promise.all(observers.map((each) => each.take_type("rollcall.node")));
  const late = await look_on(t, server);
  assert.deepEqual(await late.closed, { code: 4429, reason: "connection_limit" });
  assert.deepEqual(late.received, []);
  await observers[0].close();
  const next = await look_on(t, server);
  await next.take_type("rollcall.node");
  assert.ok(observers.slice(1).every(({ ws }) => ws.readyState === ws.OPEN));
});

test("they are sent away when keys change, and when the node stops", async (t) => {
  const [old_key, new_key] = kKeys;
  const server = await start(t, { dev: false, config: with_keys([old_key]) });
  const by = (key) => ({ protocols: ["rollcall.v1", protocol_of(key)] });
  const old = await look_on(t, server, by(old_key));
  await old.take_type("rollcall.node");
  writeFileSync(server.file, with_keys([new_key]));
  server.child.kill("SIGHUP");
  assert.equal((await old.closed).code, 4403);
  const fresh = await look_on(t, server, by(new_key));
  await fresh.take_type("rollcall.node");
  server.child.kill("SIGTERM");
  assert.equal((await fresh.closed).code, 1001);
  assert.equal((await server.exit).code, 0);
});
