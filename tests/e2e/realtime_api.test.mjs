// Reaching users: the publish routes and the sockets of users on two threads, in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall, wait_for } from "./harness.mjs";
import { kNoSpread, open_socket, open_sockets } from "./socket.mjs";
import { assert_error, call } from "./wire.mjs";

const kRoot = "/api/v1/realtime";
const kTabs = 8; // so that both threads have some

const start = (t, config, { args = [], env = kNoSpread } = {}) =>
  start_rollcall(t, { args: ["--threads", "2", ...args], config, env });
const publish = (server, path, body, headers = {}) =>
  call(server, "POST", kRoot + path, { body, headers });
const explain = async (server, user) => (await call(server, "GET", `${kRoot}/users/${user}`)).json;

async function sample(server, name) {
  const { body } = await call(server, "GET", "/metrics");
  const line = body.split("\n").find((each) => each.startsWith(`${name} `));
  assert.ok(line, `${name} is not there`);
  return Number(line.slice(name.length + 1));
}

test("a message reaches every tab of its user byte for byte, and nobody else", async (t) => {
  const server = await start(t);
  const tabs = await open_sockets(t, server, "ada", kTabs);
  const other = await open_socket(t, server, { user: "grace" });
  const texts = ["hello", "", ' {"type":"refresh"}\r\n', "𝄞 naïve 日本語 \u0000 \u{10ffff}",
    "x".repeat(70_000)];
  for (const text of texts) {
    const answer = await publish(server, "/users/ada/messages", text);
    assert.equal(answer.status, 202);
    assert.equal(answer.body, `{"live":true,"connections":${kTabs},"reach":"cluster"}`);
  }
  for (const tab of tabs) {
    await wait_for(() => tab.received.length === texts.length, { what: "all of the messages" });
    assert.deepEqual(tab.received.map(({ text }) => text), texts);
  }
  assert.deepEqual(other.received, []);
});

test("bytes arrive as bytes", async (t) => {
  const server = await start(t);
  const tab = await open_socket(t, server, { user: "ada" });
  const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
  const headers = { "Content-Type": "application/octet-stream" };
  assert.equal((await publish(server, "/users/ada/messages", bytes, headers)).status, 202);
  assert.deepEqual((await tab.take((message) => message.bytes)).bytes, bytes);
  assert_error(await publish(server, "/users/ada/messages", bytes), 400, "invalid_message");
});

test("several users are reached in one request, everyone in another", async (t) => {
  const server = await start(t);
  const sockets = {};
  for (const user of ["ada", "grace", "alan"]) {
    sockets[user] = await open_socket(t, server, { user });
  }
  const users = ["ada", "nobody", "grace"];
  const several = await publish(server, "/messages", { users, message: "to you" });
  assert.equal(several.status, 202);
  assert.deepEqual({ ...several.json, live: several.json.live.sort() },
    { live: ["ada", "grace"], connections: 2, reach: "cluster" });
  const everyone = await publish(server, "/broadcast", "to all");
  assert.equal(everyone.status, 202);
  assert.equal(everyone.body, '{"reach":"cluster"}');
  for (const [user, socket] of Object.entries(sockets)) {
    await socket.take(({ text }) => text === "to all", `the broadcast at ${user}`);
    const expected = user === "alan" ? [] : ["to you"];
    assert.deepEqual(socket.received.map(({ text }) => text), expected, user);
  }
});

test("nobody there: no work, and the answer says so", async (t) => {
  const server = await start(t);
  const answer = await publish(server, "/users/nobody/messages", "hello?");
  assert.equal(answer.status, 202);
  assert.equal(answer.body, '{"live":false,"connections":0,"reach":"cluster"}');
  assert.equal((await publish(server, "/messages", { users: [], message: "" })).body,
    '{"live":[],"connections":0,"reach":"cluster"}');
  assert.deepEqual(await explain(server, "nobody"),
    { user: "nobody", online: false, status: "offline", connections: [] });
});

test("ids are decoded once, and may be any text", async (t) => {
  const server = await start(t);
  const user = "a/b%2F{ü} \"c\"";
  const tab = await open_socket(t, server, { user });
  assert.equal(tab.welcome.user, user);
  const path = encodeURIComponent(user);
  assert.equal((await publish(server, `/users/${path}/messages`, "yes")).json.connections, 1);
  await tab.take(({ text }) => text === "yes");
  assert.equal((await explain(server, path)).user, user);
  assert.deepEqual((await call(server, "GET", `${kRoot}/users`)).json,
    { users: [user], cursor: null });
});

test("the connected users are listed page by page, each once", async (t) => {
  const server = await start(t);
  const names = Array.from({ length: 25 }, (_, i) => `user-${i}`);
  await Promise.all(names.map((user) => open_socket(t, server, { user })));
  const listed = [];
  let cursor = "";
  do {
    const page = (await call(server, "GET", `${kRoot}/users?limit=4&cursor=${cursor}`)).json;
    assert.ok(page.users.length <= 4);
    listed.push(...page.users);
    cursor = page.cursor === null ? null : encodeURIComponent(page.cursor);
  } while (cursor !== null);
  assert.deepEqual(listed.sort(), names.sort());
});

test("a user's connections are explained, and ended", async (t) => {
  const server = await start(t, undefined, { args: ["--node-name", "node-a"] });
  const tabs = await open_sockets(t, server, "ada", kTabs);
  const watcher = await open_socket(t, server, { user: "grace" });
  assert.deepEqual(await watcher.watch("ada"), { ada: "online" });

  const { connections, ...standing } = await explain(server, "ada");
  assert.deepEqual(standing, { user: "ada", online: true, status: "online" });
  const ids = tabs.map(({ welcome }) => welcome.connection).sort();
  assert.deepEqual(connections.map(({ id }) => id).sort(), ids);
  for (const { node, connectedAt, lastPongMs } of connections) {
    assert.equal(node, "node-a");
    assert.ok(Math.abs(Date.parse(connectedAt) - Date.now()) < 60_000, connectedAt);
    assert.ok(Math.abs(lastPongMs - Date.now()) < 60_000, String(lastPongMs));
  }

  const ended = await call(server, "DELETE", `${kRoot}/users/ada/connections`);
  assert.equal(ended.status, 204);
  assert.equal(ended.body, "");
  for (const tab of tabs) assert.deepEqual(await tab.closed, { code: 4403, reason: "kicked" });
  const [event] = await watcher.presence_of("ada", 1);
  assert.equal(event.status, "offline");
  assert.equal(event.reason, "kicked");
  assert.equal((await explain(server, "ada")).online, false);
  assert.equal((await call(server, "DELETE", `${kRoot}/users/ada/connections`)).status, 204);
});

test("what the routes do not take is refused with a reason", async (t) => {
  const server = await start(t);
  const long = "x".repeat(129);
  const cases = [
    ["POST", `/users/${long}/messages`, "hello", 400, "invalid_id"],
    ["POST", "/users/a%00b/messages", "hello", 400],
    ["POST", "/messages", "not JSON", 400],
    ["POST", "/messages", { users: "ada", message: "hello" }, 400, "users_and_message_required"],
    ["POST", "/messages", { users: ["ada"] }, 400, "users_and_message_required"],
    ["POST", "/messages", { users: [1], message: "hello" }, 400, "users_and_message_required"],
    ["POST", "/messages", { users: [""], message: "hello" }, 400],
    ["GET", "/users?limit=0", undefined, 400, "invalid_limit"],
    ["GET", "/users?limit=1001", undefined, 400, "invalid_limit"],
    ["GET", "/users?cursor=nonsense", undefined, 400, "invalid_cursor"],
    ["GET", `/users/${long}`, undefined, 400],
    ["DELETE", "/users/ada", undefined, 405, "method_not_allowed"],
    ["GET", "/broadcast", undefined, 405, "method_not_allowed"],
    ["GET", "/nothing", undefined, 404, "not_found"],
    ["GET", "/ws?user_id=ada", undefined, 426, "upgrade_required"],
  ];
  for (const [method, path, body, status, code] of cases) {
    assert_error(await call(server, method, kRoot + path, { body }), status, code);
  }
});

test("commands are answered; what is none gets an error, and ends nothing", async (t) => {
  const server = await start(t);
  const tab = await open_socket(t, server, { user: "ada" });
  tab.send({ type: "rollcall.ping" });
  assert.equal((await tab.take(({ text }) => text?.includes("pong"))).text,
    '{"type":"rollcall.pong"}');
  const mistakes = [
    ["hello", "invalid_json"],
    ["[1]", "invalid_json"],
    ['{"type":"rollcall.ping","type":"rollcall.ping"}', "invalid_json"],
    [{ type: "chat", text: "hello" }, "unknown_type"],
    [{ type: 7 }, "unknown_type"],
    [{ type: "rollcall.watch" }, "invalid_command"],
    [{ type: "rollcall.watch", users: "ada" }, "invalid_command"],
    [{ type: "rollcall.status", status: "asleep" }, "invalid_command"],
    [{ type: "rollcall.token" }, "invalid_command"],
  ];
  for (const [command, code] of mistakes) {
    tab.send(command);
    const error = await tab.take_type("rollcall.error");
    assert.equal(error.code, code, JSON.stringify(command));
    assert.ok(error.message.length > 0);
  }
  tab.ws.send(Buffer.from([1, 2, 3]));
  assert.equal((await tab.take_type("rollcall.error")).code, "binary_not_taken");
  assert.deepEqual(tab.received, []);
  assert.equal(await sample(server, "rollcall_websocket_command_errors_total"),
    mistakes.length + 1);
});

test("a message beyond the limit closes its own connection with 1009", async (t) => {
  const server = await start(t, '[realtime]\nmax_message = "1KiB"\n');
  const [tab, other] = await open_sockets(t, server, "ada", 2);
  tab.send(JSON.stringify({ type: "rollcall.ping", pad: "x".repeat(1024) }));
  assert.deepEqual(await tab.closed, { code: 1009, reason: "message_too_big" });
  other.send({ type: "rollcall.ping" });
  await other.take_type("rollcall.pong");
});

test("a reader that stops is closed with 4008; the others read on", async (t) => {
  const server = await start(t, '[realtime]\nqueue_messages = 4\nqueue_bytes = "512KiB"\n');
  const slow = await open_socket(t, server, { user: "slow" });
  const fast = await open_socket(t, server, { user: "fast" });
  slow.ws.pause();
  const message = "x".repeat(100_000);
  let sent = 0;
  await wait_for(async () => {
    await publish(server, "/broadcast", message);
    ++sent;
    return (await sample(server, "rollcall_websocket_slow_consumers_total")) === 1;
  }, { what: "the slow reader is given up" });
  await wait_for(() => fast.received.length === sent, { what: "the fast reader has all" });
  slow.ws.resume();
  assert.deepEqual(await slow.closed, { code: 4008, reason: "slow_consumer" });
});

test("a drain closes with 1001, says when to come back, and takes no one in", async (t) => {
  const server = await start(t, '[realtime]\ndrain_spread = "500ms"\n', { env: {} });
  const tabs = await open_sockets(t, server, "ada", 20);
  const stopped = server.stop();
  const waits = [];
  for (const tab of tabs) {
    const { code, reason } = await tab.closed;
    assert.equal(code, 1001);
    waits.push(JSON.parse(reason).reconnectMs);
  }
  assert.ok(waits.every((wait) => wait >= 0 && wait <= 500), String(waits));
  assert.ok(new Set(waits).size > 5, `spread out: ${waits}`);
  assert.equal((await stopped).code, 0);
});

test("metrics tell of sockets, messages and presence", async (t) => {
  const server = await start(t);
  const tabs = await open_sockets(t, server, "ada", 3);
  await tabs[0].watch("grace");
  const grace = await open_socket(t, server, { user: "grace" });
  await tabs[0].presence_of("grace", 1);
  await publish(server, "/users/ada/messages", "hello");
  await publish(server, "/messages", { users: ["ada", "grace"], message: "hello" });
  await publish(server, "/broadcast", "hello");
  for (const tab of tabs) {
    await wait_for(() => tab.received.filter(({ text }) => text === "hello").length === 3);
  }
  const expected = {
    rollcall_websockets: 4,
    rollcall_websockets_total: 4,
    rollcall_websocket_messages_received_total: 1,
    rollcall_realtime_messages_total: 3,
    rollcall_realtime_broadcasts_total: 1,
    rollcall_presence_events_total: 1,
    rollcall_websocket_slow_consumers_total: 0,
    rollcall_websocket_kicked_total: 0,
    rollcall_connection_limit_refusals_total: 0,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(await sample(server, name), value, name);
  }
  await grace.close();
  await wait_for(async () => (await sample(server, "rollcall_websockets")) === 3);
});
