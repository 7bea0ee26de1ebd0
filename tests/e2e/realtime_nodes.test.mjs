// Two nodes on one Redis: users, tabs and messages across them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { brief, explain, send, start_cluster, wait_until_degraded }
  from "./cluster.mjs";
import { wait_for } from "./harness.mjs";
import { open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

const redis_cli = (redis, ...words) =>
  String(execFileSync("redis-cli", ["-p", String(redis.port), ...words])).trim();

test("messages reach a user's tabs on every node, once and byte for byte", async (t) => {
  const { north, south } = await start_cluster(t);
  const here = await open_socket(t, north, { user: "ada" });
  const there = await open_socket(t, south, { user: "ada" });
  assert.deepEqual(await send(north, "ada", "grüße 🦆"),
    { live: true, connections: 2, reach: "cluster" });
  for (const tab of [here, there]) assert.equal((await tab.take(() => true)).text, "grüße 🦆");
  const bytes = Buffer.from([0, 255, 128, 10]);
  await call(south, "POST", "/api/v1/realtime/users/ada/messages",
    { body: bytes, headers: { "Content-Type": "application/octet-stream" } });
  for (const tab of [here, there]) assert.deepEqual((await tab.take(() => true)).bytes, bytes);
  const { status, json } = await call(south, "POST", "/api/v1/realtime/broadcast",
    { body: "all" });
  assert.deepEqual([status, json], [202, { reach: "cluster" }]);
  for (const tab of [here, there]) assert.equal((await tab.take(() => true)).text, "all");
  for (let i = 0; i < 50; ++i) await send(north, "ada", `message ${i}`);
  for (const tab of [here, there]) {
    await wait_for(() => tab.received.length >= 50, { what: "all messages" });
    assert.deepEqual(tab.received.map(({ text }) => text),
      Array.from({ length: 50 }, (_, i) => `message ${i}`), "each once, in order");
  }
  assert.deepEqual(await send(north, "nobody", "x"),
    { live: false, connections: 0, reach: "cluster" });
});

test("a user with tabs on two nodes goes when the last has gone", async (t) => {
  const { redis, north, south } = await start_cluster(t);
  const watcher = await open_socket(t, south, { user: "watcher" });
  assert.deepEqual(await watcher.watch("ada"), { ada: "offline" });
  const polite = await open_socket(t, north, { user: "ada" });
  const cut = await open_socket(t, north, { user: "ada" });
  const silent = await open_socket(t, south, { user: "ada" });
  assert.match(redis_cli(redis, "GET", "presence:ada"), /^\d+$/);
  const counts = redis_cli(redis, "HVALS", "{presence:ada}:nodes").split("\n").map(Number);
  assert.equal(counts.reduce((sum, count) => sum + count), 3);
  await polite.close();
  cut.ws._socket.resetAndDestroy();
  await wait_for(async () => (await explain(north, "ada")).connections.length === 1);
  assert.equal((await explain(north, "ada")).connections[0].node, "south");
  silent.ws._socket.pause();
  const events = await watcher.presence_of("ada", 2);
  assert.deepEqual(brief(events), ["online connected", "offline timeout"]);
  await wait_for(() => redis_cli(redis, "EXISTS", "presence:ada") === "0");
});

test("users are listed, explained, limited and disconnected across nodes", async (t) => {
  const { north, south } = await start_cluster(t, { realtime: { connections_per_user: 2 } });
  for (const [node, user] of [[north, "ada"], [south, "bob"], [south, "{odd}%"], [north, "zoe"]]) {
    await open_socket(t, node, { user });
  }
  const page = async (query) => (await call(south, "GET", `/api/v1/realtime/users${query}`)).json;
  await wait_for(async () => (await page("")).users.length === 4, { what: "both nodes' leases" });
  const listed = [];
  for (let cursor = ""; cursor !== null;) {
    const { users, cursor: next } = await page(`?limit=1&cursor=${encodeURIComponent(cursor)}`);
    listed.push(...users);
    cursor = next;
  }
  assert.deepEqual(listed, ["ada", "bob", "zoe", "{odd}%"]);
  const second = await open_socket(t, south, { user: "ada" });
  const third = await open_socket(t, north, { user: "ada", welcomed: false });
  assert.equal((await third.closed).code, 4429);
  const { online, status, connections } = await explain(south, "ada");
  assert.deepEqual([online, status, connections.map(({ node }) => node).sort()],
    [true, "online", ["north", "south"]]);
  const answer = await call(north, "DELETE", "/api/v1/realtime/users/ada/connections");
  assert.equal(answer.status, 204);
  assert.equal((await second.closed).code, 4403);
  await wait_for(async () => !(await explain(south, "ada")).online);
});

test("a drained node's users come back elsewhere without an event", async (t) => {
  const { north, south } = await start_cluster(t, { realtime: { drain_spread: "500ms" } });
  const watcher = await open_socket(t, south, { user: "watcher" });
  const users = Array.from({ length: 20 }, (_, i) => `user-${i}`);
  await watcher.watch(...users, "gone");
  const tabs = await Promise.all(users.map((user) => open_socket(t, north, { user })));
  const gone = await open_socket(t, north, { user: "gone" });
  for (const user of [...users, "gone"]) await watcher.presence_of(user, 1);
  north.child.kill("SIGTERM");
  await Promise.all(tabs.map(async (tab, i) => {
    const { code, reason } = await tab.closed;
    assert.equal(code, 1001);
    assert.ok(JSON.parse(reason).reconnectMs >= 0);
    await open_socket(t, south, { user: users[i] });
  }));
  assert.equal((await gone.closed).code, 1001);
  assert.equal((await north.exit).code, 0);
  const events = await watcher.presence_of("gone", 2);
  assert.deepEqual(brief(events), ["online connected", "offline drained"]);
  assert.ok(events[1].at - events[0].at >= 5000, "after the spread and the grace of a drain");
  for (const user of users) assert.equal((await watcher.presence_of(user, 1)).length, 1);
});

test("any program may publish, and a Redis that is away keeps local delivery", async (t) => {
  const { redis, north } = await start_cluster(t);
  const ada = await open_socket(t, north, { user: "ada" });
  redis_cli(redis, "PUBLISH", "rollcall:user:ada", '{"message":"from a shell"}');
  assert.equal((await ada.take(() => true)).text, "from a shell");
  redis_cli(redis, "PUBLISH", "rollcall:user:ada", "not an envelope");
  redis_cli(redis, "PUBLISH", "rollcall:broadcast", '{"message":"to all"}');
  assert.equal((await ada.take(() => true)).text, "to all");
  await redis.stop("SIGKILL");
  await wait_until_degraded(north);
  assert.deepEqual(await send(north, "ada", "still here"),
    { live: true, connections: 1, reach: "local" });
  assert.equal((await ada.take(() => true)).text, "still here");
  const late = await open_socket(t, north, { user: "bob" });
  assert.equal(late.welcome.user, "bob");
  const { status } = await call(north, "GET", "/readyz");
  assert.equal(status, 200);
});
