// The same beats through every store, and what happens when a store or the server itself dies.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { run_rollcall, start_postgres, start_redis, start_rollcall, temporary_folder, text_file,
  wait_for } from "./harness.mjs";
import { call } from "./wire.mjs";

const kActivity = "/api/sessions/activity";
const kOnline = "/api/sessions/online";
const kMembers = "/api/v1/rosters/online_sessions/members";
const kDeadlineMs = 1000;
const kSlackMs = 2000;  // for a machine that is busy with other tests

function beat(server, sessionId, more = {}) {
  return call(server, "POST", kActivity, { body: { sessionId, ...more } });
}

function redis_cli(redis, ...words) {
  const text = execFileSync("redis-cli", ["-p", String(redis.port), ...words], {
    encoding: "utf8",
  });
  return text.split("\n").filter((line) => line !== "");
}

async function assert_online(answer, number, source) {
  const { status, body, headers } = await answer;
  assert.deepEqual([status, body], [200, `{"online":${number}}`]);
  assert.equal(headers["x-rollcall-source"], source);
  assert.equal(headers["x-rollcall-certainty"], "exact");
}

// A store that has just been started may need a moment before it takes the first beat.
async function first_beat(server, sessionId) {
  const taken = async () => (await beat(server, sessionId)).status === 200;
  await wait_for(taken, { what: "the first beat" });
}

async function live_members(server) {
  const { json } = await call(server, "GET", `${kMembers}?limit=1000`);
  return json.members;
}

async function assert_keeps_a_roster(server, source) {
  await first_beat(server, "ann");
  await assert_online(beat(server, "ann"), 1, source);
  await assert_online(beat(server, "bob"), 2, source);
  await assert_online(beat(server, "日本語 {tag} 'quoted'"), 3, source);
  await assert_online(beat(server, "bob", { leave: true }), 2, source);
  await assert_online(call(server, "GET", kOnline), 2, source);
  assert.deepEqual((await live_members(server)).sort(), ["ann", "日本語 {tag} 'quoted'"]);
  const { json } = await call(server, "GET", `${kMembers}/ann`);
  assert.equal(json.live, true);
  assert.ok(Math.abs(Date.now() - Date.parse(json.lastSeen)) < 60_000, json.lastSeen);
  const together = Array.from({ length: 300 }, (_, i) => beat(server, `s${i}`));
  for (const { status } of await Promise.all(together)) assert.equal(status, 200);
  await assert_online(beat(server, "ann"), 302, source);
  assert.equal((await live_members(server)).length, 302);
  const reset = await call(server, "DELETE", "/api/v1/rosters/online_sessions");
  assert.equal(reset.status, 204);
  await assert_online(call(server, "GET", kOnline), 0, source);
  await assert_online(beat(server, "bob"), 1, source);
}

// Whatever is asked is answered in time from this node's memory, as long as the store is away.
async function assert_answers_itself(server, online) {
  for (const [method, path, body] of [["POST", kActivity, { sessionId: "late" }],
    ["GET", kOnline], ["DELETE", kActivity, { sessionId: "late" }]]) {
    const began = Date.now();
    const answer = await call(server, method, path, { body });
    const took = Date.now() - began;
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body}`);
    assert.ok(took < kDeadlineMs + kSlackMs, `${method} ${path} took ${took} ms`);
  }
  const { json, headers } = await call(server, "GET", kOnline);
  assert.ok(json.online >= online, `${json.online} of ${online}`);
  assert.equal(headers["x-rollcall-source"], "local");
  assert.equal(headers["x-rollcall-certainty"], "at-least");
  // A listing fails when it is the first to find a store away, and only then.
  const is_listed = async () => (await call(server, "GET", kMembers)).status === 200;
  await wait_for(is_listed, { what: "a listing" });
  assert.equal((await call(server, "GET", "/healthz")).status, 200);
}

const answers_from = (server, source) => wait_for(async () =>
  (await call(server, "GET", kOnline)).headers["x-rollcall-source"] === source,
{ what: `answers from ${source}`, bound_ms: 20_000 });

test("memory keeps a roster", async (t) => {
  await assert_keeps_a_roster(await start_rollcall(t), "memory");
});

test("Redis keeps a roster, in a set that anyone can read", async (t) => {
  const redis = await start_redis(t);
  const server = await start_rollcall(t, { args: ["--redis", redis.url, "--threads", "2"] });
  await assert_keeps_a_roster(server, "redis");
  await beat(server, "ann");
  const [first, score, second, ...more] =
    redis_cli(redis, "ZRANGE", "online_sessions", "0", "-1", "WITHSCORES");
  // In either order: both may have beaten in one millisecond.
  assert.deepEqual([[first, second].sort(), more.length], [["ann", "bob"], 1]);
  for (const each of [score, more[0]]) {
    assert.match(each, /^\d{13}$/, "whole milliseconds");
    assert.ok(Math.abs(Date.now() - Number(each)) < 60_000, each);
  }
  redis_cli(redis, "ZADD", "online_sessions", String(Date.now()), "from elsewhere");
  await assert_online(call(server, "GET", kOnline), 3, "redis");
});

test("two nodes on one Redis agree", async (t) => {
  const redis = await start_redis(t);
  const args = ["--redis", redis.url];
  const [one, two] = [await start_rollcall(t, { args }), await start_rollcall(t, { args })];
  await Promise.all([first_beat(one, "ann"), first_beat(two, "bob")]);
  for (let i = 3; i <= 40; ++i) {
    await assert_online(beat(i % 2 ? one : two, `s${i}`), i, "redis");
    await assert_online(call(i % 2 ? two : one, "GET", kOnline), i, "redis");
  }
  await assert_online(beat(two, "ann", { leave: true }), 39, "redis");
  assert.deepEqual((await live_members(one)).sort(), (await live_members(two)).sort());
  await call(one, "DELETE", "/api/v1/rosters/online_sessions");
  await assert_online(call(two, "GET", kOnline), 0, "redis");
});

test("without Redis a node answers itself, and no restart is needed after", async (t) => {
  const redis = await start_redis(t);
  const server = await start_rollcall(t, { args: ["--redis", redis.url] });
  await first_beat(server, "ann");
  redis.child.kill("SIGSTOP");
  try {
    await answers_from(server, "local");
    await assert_answers_itself(server, 1);
  } finally {
    redis.child.kill("SIGCONT");
  }
  await answers_from(server, "redis");
  await first_beat(server, "bob");
  await redis.stop();
  await answers_from(server, "local");
  await first_beat(server, "cid");
  await assert_answers_itself(server, 3);
  const again = await start_redis(t, { port: redis.port });
  await answers_from(server, "redis");
  await wait_for(() => redis_cli(again, "ZCARD", "online_sessions").join() === "3",
    { what: "Redis to be filled again" });
  assert.equal((await beat(server, "cid")).json.online, 3);
});

test("PostgreSQL keeps a roster, in tables that migrate makes; it may go and come", async (t) => {
  const postgres = await start_postgres(t);
  const migrate = () => run_rollcall(t, ["migrate", "--postgres", postgres.url]);
  const first = await migrate();
  assert.equal(first.code, 0, first.errors);
  const [, version] = /^tables are at version ([1-9]\d*)$/m.exec(first.output);
  const steps = first.output.trimEnd().split("\n").slice(0, -1);
  assert.ok(steps.length > 0 && steps.every((step) => /\w/.test(step)), first.output);
  const second = await migrate();
  assert.deepEqual([second.code, second.output], [0, `tables are at version ${version}\n`]);

  const args = ["--postgres", postgres.url];
  const server = await start_rollcall(t, { args: [...args, "--threads", "2"] });
  await assert_keeps_a_roster(server, "postgres");
  const neighbour = await start_rollcall(t, { args: [...args, "--threads", "2"] });
  for (let i = 0; i < 10; ++i) await first_beat(neighbour, `at the neighbour's ${i}`);
  for (const node of [server, neighbour]) {
    const agrees = async () => (await call(node, "GET", kOnline)).json.online === 11;
    await wait_for(agrees, { what: "nodes count again within a second" });
  }
  await postgres.stop();
  await answers_from(server, "local");
  await assert_answers_itself(server, 1);
  await first_beat(server, "cid");
  await postgres.start();
  await answers_from(server, "postgres");
  const is_back = async () => (await live_members(server)).includes("cid");
  await wait_for(is_back, { what: "who came meanwhile" });
  assert.equal((await live_members(server)).length, 12);
});

test("migrate says what is wrong", async (t) => {
  const nowhere = await run_rollcall(t, ["migrate", "--postgres", "postgresql://127.0.0.1:1/x"]);
  assert.deepEqual([nowhere.code, nowhere.output], [1, ""]);
  assert.match(nowhere.errors, /^rollcall: \w/);
  const none = await run_rollcall(t, ["migrate"]);
  assert.equal(none.code, 1);
  assert.match(none.errors, /postgres\.url/);
});

test("the journal keeps who beat until a second before the server was killed", async (t) => {
  const args = ["--data-dir", join(temporary_folder(t), "data", "new")];
  const server = await start_rollcall(t, { args });
  const beats = [];
  const end = Date.now() + 3500;
  for (let i = 0; Date.now() < end; ++i) {
    const id = `session ${i}`;
    assert.equal((await beat(server, id)).status, 200);
    beats.push({ id, at: Date.now() });
    if (i % 7 === 6) await beat(server, beats[i - 3].id, { leave: true });
  }
  const killed = Date.now();
  await server.stop("SIGKILL");
  const again = await start_rollcall(t, { args });
  const { json } = await call(again, "GET", kOnline);
  const safe = beats.filter(({ at }) => at < killed - 2000);
  const left = safe.filter((_, i) => i % 7 === 3);
  const members = safe.filter((_, i) => i % 7 !== 3).map(({ id }) => id);
  assert.ok(members.length > 20, `${members.length} beats were enough`);
  assert.ok(json.online >= members.length, `${json.online} of ${beats.length}`);
  const listed = [];
  for (let cursor = ""; cursor !== null;) {
    const page = await call(again, "GET", `${kMembers}?limit=1000&cursor=${cursor}`);
    listed.push(...page.json.members);
    cursor = page.json.cursor;
  }
  const live = new Set(listed);
  assert.deepEqual(members.filter((id) => !live.has(id)), [], "forgotten");
  assert.deepEqual(left.filter(({ id }) => live.has(id)), [], "back from the dead");
});

test("the journal keeps everyone over an orderly stop, on other threads too", async (t) => {
  const args = ["--data-dir", temporary_folder(t)];
  const server = await start_rollcall(t, { args: [...args, "--threads", "2"] });
  for (let i = 1; i <= 50; ++i) await assert_online(beat(server, `s${i}`), i, "memory");
  await assert_online(beat(server, "s50", { leave: true }), 49, "memory");
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  const again = await start_rollcall(t, { args: [...args, "--threads", "3"] });
  await assert_online(call(again, "GET", kOnline), 49, "memory");
  assert.equal((await live_members(again)).length, 49);
  await assert_online(beat(again, "s1"), 49, "memory");
});

test("what print-config prints is a file that works, and prints the same again", async (t) => {
  const given = `[server]\nallowed_origins = ["https://shop.example"]\n[sessions]\n` +
    `timeout = "90s"\n[[roster]]\nname = "crm_navbar"\nkey = "crm_navbar:live_users"\n` +
    `ttl = "300s"\nscore = "s"\nkey_expiry = "1d"\n`;
  for (const words of [[], ["--config", text_file(t, given)]]) {
    const first = await run_rollcall(t, ["print-config", ...words]);
    assert.equal(first.code, 0, first.errors);
    const file = text_file(t, first.output);
    const checked = await run_rollcall(t, ["check-config", file]);
    assert.equal(checked.code, 0, checked.errors);
    assert.match(checked.output, /^ok\n/);
    const second = await run_rollcall(t, ["print-config", "--config", file]);
    assert.equal(second.output, first.output);
  }
  const { output } = await run_rollcall(t, ["print-config", "--config", text_file(t, given)]);
  const server = await start_rollcall(t, { config: output });
  const roster = await call(server, "GET", "/api/v1/rosters/crm_navbar");
  assert.equal(roster.body, '{"roster":"crm_navbar","online":0,"ttlMs":300000}');
  const { json } = await call(server, "GET", "/api/v1/rosters/online_sessions");
  assert.equal(json.ttlMs, 90_000);
});
