// What is known of watched users, over any number of connections.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { load } from "./modules.mjs";

const { Presence } = await load("presence");
let sent, changes, refusals, presence;

beforeEach(() => {
  [sent, changes, refusals] = [[], [], []];
  presence = new Presence({
    send: ({ type, users }) => sent.push([type.replace("rollcall.", ""), ...users]),
    changed: ({ user, status, reason }) => changes.push(`${user} ${status} ${reason}`),
    refused: (code, users) => refusals.push([code, ...users]),
  });
});

const take = (list) => list.splice(0);
const event = (user, status, seq, reason = "connected") =>
  presence.on_change({ user, status, reason, at: 1, seq });

test("what is watched before there is a connection is asked for when there is", () => {
  presence.watch(["ada", "grace"]);
  assert.deepEqual(sent, []);
  presence.opened();
  assert.deepEqual(take(sent), [["watch", "ada", "grace"]]);
  presence.on_state({ ada: "online", grace: "offline" });
  assert.deepEqual(changes, ["ada online state", "grace offline state"]);
  assert.deepEqual(Object.fromEntries(presence.statuses), { ada: "online", grace: "offline" });
});

test("after a reconnect only what differs is told", () => {
  presence.watch(["ada", "grace"]);
  presence.opened();
  presence.on_state({ ada: "online", grace: "offline" });
  event("ada", "away", 7);
  assert.deepEqual(take(changes).at(-1), "ada away connected");
  presence.closed();
  presence.unwatch(["grace"]);
  presence.watch(["alan"]);
  take(sent);
  presence.opened();
  assert.deepEqual(take(sent), [["watch", "ada", "alan"]]);
  presence.on_state({ ada: "away", alan: "online" });
  assert.deepEqual(take(changes), ["alan online state"]);
  event("ada", "online", 3);
  assert.deepEqual(take(changes), ["ada online connected"], "another node may count otherwise");
});

test("late events, doubled ones, and those of nobody watched change nothing", () => {
  presence.watch(["ada"]);
  presence.opened();
  presence.on_state({ ada: "offline" });
  take(changes);
  event("ada", "online", 9);
  event("ada", "offline", 8, "left");
  event("ada", "offline", 9, "left");
  event("ada", "online", 10);
  event("grace", "online", 1);
  assert.deepEqual(changes, ["ada online connected"]);
});

test("one question at a time, and each new user in the next", () => {
  presence.opened();
  presence.watch(["ada"]);
  presence.watch(["grace", "ada", "grace"]);
  presence.watch(["alan"]);
  presence.watch(["linus"]);
  assert.deepEqual(take(sent), [["watch", "ada"]]);
  presence.unwatch(["alan"]);
  assert.deepEqual(take(sent), [["unwatch", "alan"]]);
  presence.on_state({ ada: "online" });
  assert.deepEqual(take(sent), [["watch", "grace", "linus"]], "alan is not wanted any more");
  presence.on_state({ grace: "online", linus: "online" });
  assert.deepEqual(sent, []);
});

test("no command names more users than a server reads", () => {
  const users = Array.from({ length: 600 }, (_, i) => `user-${i}`);
  presence.watch(users);
  presence.opened();
  const asked = [];
  for (let question; (question = sent.shift());) {
    const [, ...named] = question;
    assert.ok(named.length <= 250);
    asked.push(...named);
    presence.on_state(Object.fromEntries(named.map((user) => [user, "online"])));
  }
  assert.deepEqual(asked, users);
  presence.unwatch(users);
  assert.deepEqual(sent.map(({ length }) => length), [251, 251, 101]);
});

test("each watch is ended by one unwatch", () => {
  presence.opened();
  presence.watch(["ada"]);
  presence.watch(["ada"]);
  presence.on_state({ ada: "online" });
  take(sent);
  presence.unwatch(["ada"]);
  assert.deepEqual(sent, []);
  presence.unwatch(["ada", "nobody"]);
  assert.deepEqual(take(sent), [["unwatch", "ada"]]);
  assert.equal(presence.statuses.size, 0);
  event("ada", "offline", 3);
  assert.equal(presence.statuses.size, 0);
});

test("of many users only those that may not be watched are given up", () => {
  const users = ["a", "b", "secret", "d", "e"];
  presence.watch(users);
  presence.opened();
  for (let question; (question = sent.shift());) {
    const [, ...asked] = question;
    if (asked.includes("secret")) assert.equal(presence.on_error("watch_forbidden"), true);
    else presence.on_state(Object.fromEntries(asked.map((user) => [user, "online"])));
  }
  assert.deepEqual(refusals, [["watch_forbidden", "secret"]]);
  assert.deepEqual([...presence.statuses.keys()].sort(), ["a", "b", "d", "e"]);
  presence.closed();
  presence.opened();
  assert.deepEqual(sent, [["watch", "a", "b", "d", "e"]]);
});

test("as many are watched as the limit allows, and the rest is given up", () => {
  const kLimit = 5;
  for (const users of [["a", "b", "c", "d"], ["e", "f", "g"], ["h"]]) presence.watch(users);
  presence.opened();
  let questions = 0;
  for (let question; (question = sent.shift()); ++questions) {
    const [, ...asked] = question;
    if (presence.statuses.size + asked.length > kLimit) presence.on_error("watch_limit");
    else presence.on_state(Object.fromEntries(asked.map((user) => [user, "online"])));
  }
  assert.deepEqual([...presence.statuses.keys()], ["a", "b", "c", "d", "e"]);
  assert.deepEqual(refusals, [["watch_limit", "f", "g", "h"]]);
  assert.equal(questions, 6, "halves, as long as one fits");
  assert.equal(presence.on_error("watch_limit"), false, "nothing was asked");
  presence.watch(["z"]);
  assert.equal(presence.on_error("other_user"), false, "that is about a token");
});
