// Who is here: what watchers are told, over tabs that come and go on two threads, in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall, wait_for } from "./harness.mjs";
import { kNoSpread, open_socket, open_sockets } from "./socket.mjs";
import { call } from "./wire.mjs";

const kTabs = 6; // so that both threads have some
const kGraceMs = 400;

const start = (t, realtime = `offline_grace = "${kGraceMs}ms"`) =>
  start_rollcall(t, {
    args: ["--threads", "2"],
    config: `[realtime]\n${realtime}\n`,
    env: kNoSpread,
  });
const explain = async (server, user) =>
  (await call(server, "GET", `/api/v1/realtime/users/${user}`)).json;
const brief = (events) => events.map(({ status, reason }) => `${status} ${reason}`);

function assert_alternating(events) {
  for (let i = 1; i < events.length; ++i) {
    assert.ok(events[i].seq > events[i - 1].seq, "seq grows");
    assert.ok(events[i].at >= events[i - 1].at, "time does not run back");
    assert.notEqual(events[i].status, events[i - 1].status, "each event is a change");
  }
}

test("a user is online from the first tab to the last, whichever closes when", async (t) => {
  const server = await start(t);
  const watcher = await open_socket(t, server, { user: "watcher" });
  assert.deepEqual(await watcher.watch("ada"), { ada: "offline" });
  const tabs = await open_sockets(t, server, "ada", kTabs);
  const last = tabs.pop();
  for (const tab of tabs) await tab.close();
  await wait_for(async () => (await explain(server, "ada")).connections.length === 1);
  assert.equal((await explain(server, "ada")).online, true);
  const left_at = Date.now();
  await last.close();
  const events = await watcher.presence_of("ada", 2);
  assert.deepEqual(brief(events), ["online connected", "offline left"]);
  assert_alternating(events);
  assert.ok(events[1].at - left_at >= kGraceMs - 50, "not before the grace has run out");
  assert.deepEqual(Object.keys(events[0]), ["type", "user", "status", "reason", "at", "seq"]);
});

test("a reload within the grace makes no event", async (t) => {
  const server = await start(t, 'offline_grace = "2s"');
  const watcher = await open_socket(t, server, { user: "watcher" });
  await watcher.watch("ada");
  const before = await open_socket(t, server, { user: "ada" });
  await before.close();
  await wait_for(async () => (await explain(server, "ada")).connections.length === 0);
  assert.equal((await explain(server, "ada")).online, true, "the grace runs");
  const after = await open_socket(t, server, { user: "ada" });
  await after.close();
  const events = await watcher.presence_of("ada", 2);
  assert.deepEqual(brief(events), ["online connected", "offline left"]);
});

test("a tab that vanishes is closed, one that falls silent times out", async (t) => {
  const server = await start(t, 'offline_grace = "0s"\nping = "200ms"\npong_wait = "1s"');
  const watcher = await open_socket(t, server, { user: "watcher" });
  await watcher.watch("reset", "silent");
  const reset = await open_socket(t, server, { user: "reset" });
  reset.ws._socket.resetAndDestroy();
  assert.deepEqual(brief(await watcher.presence_of("reset", 2)),
    ["online connected", "offline closed"]);
  const silent = await open_socket(t, server, { user: "silent" });
  silent.ws.pause();
  assert.deepEqual(brief(await watcher.presence_of("silent", 2)),
    ["online connected", "offline timeout"]);
});

test("away when every tab is; online when one is not", async (t) => {
  const server = await start(t);
  const watcher = await open_socket(t, server, { user: "watcher" });
  const [one, two] = await open_sockets(t, server, "ada", 2);
  assert.deepEqual(await watcher.watch("ada"), { ada: "online" });
  one.send({ type: "rollcall.status", status: "away" });
  two.send({ type: "rollcall.status", status: "away" });
  await watcher.presence_of("ada", 1);
  assert.equal((await explain(server, "ada")).status, "away");
  two.send({ type: "rollcall.status", status: "online" });
  await watcher.presence_of("ada", 2);
  await two.close();
  const events = await watcher.presence_of("ada", 3);
  assert.deepEqual(events.map(({ status }) => status), ["away", "online", "away"]);
  assert_alternating(events);
});

test("watching answers all at once, tells each change, and ends", async (t) => {
  const server = await start(t, 'offline_grace = "0s"');
  const names = Array.from({ length: 40 }, (_, i) => `user-${i}`);
  const some = names.slice(0, 20);
  const sockets = await Promise.all(some.map((user) => open_socket(t, server, { user })));
  const watcher = await open_socket(t, server, { user: "watcher" });
  const expected = Object.fromEntries(
    names.map((user) => [user, some.includes(user) ? "online" : "offline"]));
  assert.deepEqual(await watcher.watch(...names), expected);

  watcher.send({ type: "rollcall.unwatch", users: ["user-0", "user-1", "user-2"] });
  watcher.send({ type: "rollcall.ping" });
  await watcher.take_type("rollcall.pong");
  await Promise.all(sockets.map((socket) => socket.close()));
  for (const user of some.slice(3)) {
    assert.deepEqual(brief(await watcher.presence_of(user, 1)), ["offline left"], user);
  }
  const told = watcher.received.map(({ json }) => json.user);
  assert.ok(!told.some((user) => ["user-0", "user-1", "user-2"].includes(user)), String(told));
});

test("events of users who come and go all the time alternate for every watcher", async (t) => {
  const kRounds = 6;
  const server = await start(t, 'offline_grace = "0s"');
  const watchers = await open_sockets(t, server, "watcher", 4);
  const users = ["ada", "grace", "alan"];
  for (const watcher of watchers) await watcher.watch(...users);
  await Promise.all(users.map(async (user) => {
    for (let round = 0; round < kRounds; ++round) {
      const tabs = await open_sockets(t, server, user, 3);
      await Promise.all(tabs.map((tab) => tab.close()));
    }
  }));
  for (const user of users) {
    await wait_for(async () => !(await explain(server, user)).online);
    for (const watcher of watchers) {
      const last = async () => (await watcher.presence_of(user, 2)).at(-1);
      await wait_for(async () => (await last()).status === "offline", { what: "the last event" });
      assert_alternating(await watcher.presence_of(user, 2));
    }
  }
});

test("a connection watches no more users than its limit", async (t) => {
  const server = await start(t, "watched_users = 3");
  const watcher = await open_socket(t, server, { user: "watcher" });
  await watcher.watch("a", "b", "c");
  watcher.send({ type: "rollcall.watch", users: ["c", "d"] });
  assert.equal((await watcher.take_type("rollcall.error")).code, "watch_limit");
  watcher.send({ type: "rollcall.unwatch", users: ["a"] });
  assert.deepEqual(await watcher.watch("c", "d"), { c: "offline", d: "offline" });
});

test("a user has no more connections than the limit, over all threads", async (t) => {
  const server = await start(t, `connections_per_user = ${kTabs}`);
  const tabs = await open_sockets(t, server, "ada", kTabs);
  const one_more = await open_socket(t, server, { user: "ada", welcomed: false });
  assert.deepEqual(await one_more.closed, { code: 4429, reason: "connection_limit" });
  assert.deepEqual(one_more.received, []);
  await open_socket(t, server, { user: "grace" });
  assert.equal((await explain(server, "ada")).connections.length, kTabs);
  await tabs[0].close();
  await wait_for(async () => (await explain(server, "ada")).connections.length < kTabs);
  await open_socket(t, server, { user: "ada" });
});
