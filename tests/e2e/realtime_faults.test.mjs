// What presence does while nodes, Redis and clients break, on real processes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { test } from "node:test";
import { brief, explain, send, start_cluster, start_node, wait_until_degraded, wait_until_healthy }
  from "./cluster.mjs";
import { start_redis, start_rollcall, wait_for } from "./harness.mjs";
import { open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

const kUsers = 1000;
const kPatient = { ping: "54s", pong_wait: "60s", presence_ttl: "5m" };
// A machine that allows few open files gets a smaller crowd.
const kOpenFiles = Number(execFileSync("sh", ["-c", "ulimit -n"])) || Infinity; // or "unlimited"
const kBurst = Math.min(10_000, kOpenFiles - 500);
const kFrame = 2 + "tick".length;
const kHandshake = "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// Sockets that shake hands and then only read, and so answer no ping: cheap enough for thousands.
function open_plain(t, server, count, user_of) {
  const sockets = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  return Promise.all(Array.from({ length: count }, (_, i) => new Promise((resolve, reject) => {
    const socket = connect({ port: server.port, host: "127.0.0.1" });
    sockets.push(socket);
    socket.write(`GET /api/v1/realtime/ws?user_id=${user_of(i)} HTTP/1.1\r\n${kHandshake}`);
    socket.bytes = 0;
    socket.on("data", (chunk) => {
      if (socket.bytes === 0 && !String(chunk).startsWith("HTTP/1.1 101")) reject(chunk);
      socket.bytes += chunk.length;
      resolve(socket);
    });
    socket.on("error", reject);
  })));
}

test("kill -9 of a node: each of its users is offline once, node_lost, in time", async (t) => {
  const { north, south } = await start_cluster(t, { realtime: kPatient });
  const watcher = await open_socket(t, south, { user: "watcher" });
  const users = Array.from({ length: kUsers }, (_, i) => `user-${i}`);
  await watcher.watch(...users);
  await open_plain(t, north, kUsers, (i) => users[i]);
  const events = () => watcher.received.map(({ json }) => json)
    .filter((json) => json?.type === "rollcall.presence");
  await wait_for(() => events().length === kUsers, { what: "all online", bound_ms: 20_000 });
  const killed_at = Date.now();
  await north.stop("SIGKILL");
  await wait_for(() => events().length >= 2 * kUsers, { what: "all offline", bound_ms: 40_000 });
  const lost = events().slice(kUsers);
  assert.equal(new Set(lost.map(({ user }) => user)).size, kUsers, "each once");
  assert.deepEqual(new Set(brief(lost)), new Set(["offline node_lost"]));
  assert.ok(Date.now() - killed_at < 25_000, "lease and reaping");
});

test("a Redis that restarts empty is told again who is here", async (t) => {
  const { redis, north, south } = await start_cluster(t);
  const watcher = await open_socket(t, south, { user: "watcher" });
  await watcher.watch("ada", "bob");
  await open_socket(t, north, { user: "ada" });
  const bob = await open_socket(t, north, { user: "bob" });
  await watcher.presence_of("bob", 1);
  await redis.stop("SIGKILL");
  await Promise.all([north, south].map(wait_until_degraded));
  await bob.close();
  await start_redis(t, { port: redis.port });
  await Promise.all([north, south].map(wait_until_healthy));
  await wait_for(async () => (await explain(south, "ada")).connections.length === 1);
  const statuses = (await watcher.presence_of("bob", 2)).map(({ status }) => status);
  assert.deepEqual(statuses, ["online", "offline"]);
  assert.deepEqual(brief(await watcher.presence_of("ada", 1)), ["online connected"]);
  assert.equal((await send(south, "ada", "again")).connections, 1);
});

test("a Redis that is emptied heals by itself", async (t) => {
  const { redis, north, south } = await start_cluster(t);
  const watcher = await open_socket(t, south, { user: "watcher" });
  await watcher.watch("ada");
  const ada = await open_socket(t, north, { user: "ada" });
  await watcher.presence_of("ada", 1);
  const client = connect({ port: redis.port, host: "127.0.0.1" });
  t.after(() => client.destroy());
  client.write("FLUSHALL\r\n");
  await wait_for(async () => (await explain(south, "ada")).connections.length === 1);
  await send(south, "ada", "found");
  assert.equal((await ada.take(({ text }) => text === "found")).text, "found");
  await ada.close();
  assert.deepEqual(brief(await watcher.presence_of("ada", 2)),
    ["online connected", "offline left"]);
});

test("a Redis that hangs for longer than the presence ttl makes no ghost, no gap", async (t) => {
  const { redis, north, south } = await start_cluster(t);
  const watcher = await open_socket(t, south, { user: "watcher" });
  await watcher.watch("ada", "bob");
  await open_socket(t, north, { user: "ada" });
  const bob = await open_socket(t, north, { user: "bob" });
  await watcher.presence_of("bob", 1);
  redis.child.kill("SIGSTOP");
  await Promise.all([north, south].map(wait_until_degraded));
  await bob.close();
  const hung_at = Date.now();
  await wait_for(() => Date.now() - hung_at > 5000, { what: "more than the ttl" });
  redis.child.kill("SIGCONT");
  await Promise.all([north, south].map(wait_until_healthy));
  const events = await watcher.presence_of("bob", 2);
  assert.equal(events[1].status, "offline");
  await wait_for(async () => (await explain(south, "ada")).connections.length === 1);
  assert.deepEqual(brief(await watcher.presence_of("ada", 1)), ["online connected"]);
});

test("a Redis that refuses every command turns nobody down", async (t) => {
  const redis = await start_redis(t);
  const node = await start_node(t, redis, "north");
  await wait_until_healthy(node);
  const client = connect({ port: redis.port, host: "127.0.0.1" });
  t.after(() => client.destroy());
  client.write("ACL SETUSER default -@all +acl +hello +ping\r\n");
  const ada = await wait_for(() => open_socket(t, node, { user: "ada" }));
  assert.equal((await send(node, "ada", "here")).live, true);
  assert.equal((await ada.take(() => true)).text, "here");
  client.write("ACL SETUSER default +@all\r\n");
  await wait_for(async () => (await send(node, "ada", "x")).reach === "cluster",
    { bound_ms: 20_000 });
  await wait_for(async () => (await explain(node, "ada")).online);
});

test("one that stops reading is closed, and 1,000 read on", async (t) => {
  const server = await start_rollcall(t, { args: ["--threads", "2"] });
  const stuck = await open_socket(t, server, { user: "stuck" });
  stuck.ws._socket.pause();
  const readers = await open_plain(t, server, kUsers, (i) => `reader-${i}`);
  const welcomed = readers.map(({ bytes }) => bytes);
  const large = "x".repeat(200_000); // what the kernel holds for a socket is soon full
  const closed = async () => /^rollcall_websocket_slow_consumers_total 1$/m
    .test(String((await call(server, "GET", "/metrics")).body));
  let rounds = 0;
  await wait_for(async () => {
    await send(server, "stuck", large);
    const { status } = await call(server, "POST", "/api/v1/realtime/broadcast", { body: "tick" });
    assert.equal(status, 202);
    ++rounds;
    await wait_for(() => readers.every((reader, at) =>
      reader.bytes >= welcomed[at] + rounds * kFrame), { what: "every reader" });
    return closed();
  }, { what: "the end of the slow consumer", bound_ms: 60_000 });
  stuck.ws._socket.resume();
  assert.equal((await stuck.closed).code, 4008);
});

test(`${kBurst} connect at once, and all are welcome`, async (t) => {
  const server = await start_rollcall(t, { args: ["--threads", "2"] });
  await open_plain(t, server, kBurst, (i) => `user-${i}`);
  await wait_for(async () => {
    const { body } = await call(server, "GET", "/metrics");
    return String(body).includes(`\nrollcall_websockets ${kBurst}\n`);
  }, { what: "all sockets" });
  assert.equal((await explain(server, `user-${kBurst - 1}`)).online, true);
});

test("a handshake that never ends is bounded in bytes and seconds", async (t) => {
  const server = await start_rollcall(t, { config: '[limits]\nheader_timeout = "500ms"\n' });
  const head = "GET /api/v1/realtime/ws?user_id=ada HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const [bytes, status] of [[head, "408"], [`${head}X: ${"y".repeat(20_000)}`, "431"]]) {
    const answer = await new Promise((resolve, reject) => {
      const socket = connect({ port: server.port, host: "127.0.0.1" });
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
      socket.write(bytes);
    });
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
  }
});
