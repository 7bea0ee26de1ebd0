// Each fault of Redis against real servers: every beat is answered in time, never with an
// error, and with the right number; and all is as before in the end.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import test from "node:test";

import { start_redis, wait_for } from "./harness.mjs";
import { redis_cli, start_outage_world } from "./outage_world.mjs";
import { call } from "./wire.mjs";

const kRedisAgain = (t, redis) => start_redis(t, { port: redis.port });

test("Redis killed, and started again empty", async (t) => {
  const world = await start_outage_world(t);
  await world.redis.stop("SIGKILL");
  await world.answers_from("postgres");
  await world.leave(3);
  await world.settled("postgres");
  await kRedisAgain(t, world.redis);
  await world.settled("redis");
  await world.rounds(2);
  world.assert_right();
  assert.equal(redis_cli(world.redis, "ZSCORE", "online_sessions", "visitor-3"), "");
});

test("Redis hangs, and goes on with what it was sent", async (t) => {
  const world = await start_outage_world(t);
  world.redis.child.kill("SIGSTOP");
  await world.answers_from("postgres");
  await world.leave(3);
  await world.leave(4, world.nodes[1]);
  await world.rounds(4);
  world.redis.child.kill("SIGCONT");
  await world.settled("redis");
  world.assert_right();
});

test("Redis hangs for so short that nobody notices more than a slow answer", async (t) => {
  const world = await start_outage_world(t);
  world.redis.child.kill("SIGSTOP");
  await world.answers_from("postgres", [world.nodes[0]]);
  world.redis.child.kill("SIGCONT");
  await world.settled("redis");
  world.assert_right();
});

test("Redis is out of memory: counts succeed, beats are refused", async (t) => {
  const world = await start_outage_world(t);
  redis_cli(world.redis, "CONFIG", "SET", "maxmemory", "1mb");
  await world.answers_from("postgres");
  await world.leave(3);
  await world.settled("postgres");
  redis_cli(world.redis, "CONFIG", "SET", "maxmemory", "0");
  await world.settled("redis");
  world.assert_right();
});

test("Redis becomes a replica, and a master again", async (t) => {
  const world = await start_outage_world(t);
  const other = await start_redis(t);
  redis_cli(world.redis, "REPLICAOF", "127.0.0.1", String(other.port));
  await world.answers_from("postgres");
  await world.leave(3);
  await world.rounds(4);
  redis_cli(world.redis, "REPLICAOF", "NO", "ONE");
  await world.settled("redis");
  world.assert_right();
});

test("Redis wants replicas that it has not", async (t) => {
  const world = await start_outage_world(t);
  redis_cli(world.redis, "CONFIG", "SET", "min-replicas-to-write", "1");
  await world.answers_from("postgres");
  await world.leave(3);
  await world.rounds(2);
  redis_cli(world.redis, "CONFIG", "SET", "min-replicas-to-write", "0");
  await world.settled("redis");
  world.assert_right();
});

test("Redis forbids ZADD", async (t) => {
  const world = await start_outage_world(t);
  redis_cli(world.redis, "ACL", "SETUSER", "default", "-zadd");
  await world.answers_from("postgres");
  await world.leave(3);
  await world.rounds(2);
  redis_cli(world.redis, "ACL", "SETUSER", "default", "+zadd");
  await world.settled("redis");
  world.assert_right();
});

test("Redis is busy with a script", async (t) => {
  const world = await start_outage_world(t);
  redis_cli(world.redis, "CONFIG", "SET", "busy-reply-threshold", "50");
  const script = spawn("redis-cli", ["-p", String(world.redis.port), "EVAL",
    "while true do end", "0"], { stdio: "ignore" });
  t.after(() => script.kill("SIGKILL"));
  await world.answers_from("postgres");
  await world.rounds(2);
  await wait_for(() => redis_cli(world.redis, "SCRIPT", "KILL") === "OK");
  await world.settled("redis");
  world.assert_right();
});

test("Redis is emptied by FLUSHALL", async (t) => {
  const world = await start_outage_world(t);
  redis_cli(world.redis, "FLUSHALL");
  await wait_for(() => world.certainties.has("at-least"), { what: "the loss to be noticed" });
  await world.settled("redis");
  world.assert_right();
});

test("a roster is reset by another program's DEL, and nobody comes back by a replay", async (
  t) => {
  const world = await start_outage_world(t);
  await world.stop();
  redis_cli(world.redis, "DEL", "online_sessions");
  await wait_for(() => redis_cli(world.redis, "HEXISTS", "{online_sessions}:epoch",
    "reset_at") === "1", { what: "the reset to be noticed" });
  assert.equal(redis_cli(world.redis, "ZCARD", "online_sessions"), "0");
  await wait_for(async () => {
    const all = await Promise.all(world.nodes.map((node) => call(node, "GET", "/api/v1/status")));
    return all.every(({ json }) => json.rosters.every(({ shadowMembers }) => shadowMembers === 0));
  }, { what: "every node to have heard of it" });
  redis_cli(world.redis, "FLUSHALL");
  await wait_for(() => world.nodes.every((node) => /lost its data/.test(node.errors())),
    { what: "the loss to be noticed" });
  await wait_for(() => redis_cli(world.redis, "EXISTS", "{online_sessions}:epoch") === "1");
  assert.equal(redis_cli(world.redis, "ZCARD", "online_sessions"), "0");
});
