// Faults that strike one node, or PostgreSQL, or both stores: every beat is answered in time,
// never with an error, and with the right number; and all is as before in the end.
import assert from "node:assert/strict";
import test from "node:test";

import { psql } from "./database.mjs";
import { start_redis, wait_for } from "./harness.mjs";
import { start_outage_world } from "./outage_world.mjs";

const kRedisAgain = (t, redis) => start_redis(t, { port: redis.port });

test("one node alone is cut off from Redis", async (t) => {
  const world = await start_outage_world(t);
  world.link.cut();
  await world.answers_from("postgres", [world.nodes[0]]);
  await world.leave(2, world.nodes[0]);
  await world.leave(3, world.nodes[1]);
  await wait_for(() => psql(world.postgres, "SELECT count(*) > 0 FROM rollcall_outages") === "t");
  await world.rounds(12);
  assert.ok(world.sources.has("redis") && world.sources.has("postgres"), [...world.sources]);
  world.link.restore();
  await world.settled("redis");
  world.assert_right();
});

test("one node's link to Redis hangs, and then is slow", async (t) => {
  const world = await start_outage_world(t);
  world.link.hang();
  await world.answers_from("postgres", [world.nodes[0]]);
  await world.rounds(6);
  world.link.restore();
  world.link.delay(400);
  await world.rounds(6);
  world.link.restore();
  await world.settled("redis");
  world.assert_right();
});

test("Redis and PostgreSQL are down at the same time", async (t) => {
  const world = await start_outage_world(t);
  await Promise.all([world.postgres.stop(), world.redis.stop("SIGKILL")]);
  await world.answers_from("local");
  await world.leave(3);
  await world.rounds(4);
  await world.postgres.start();
  await world.settled("postgres");
  await kRedisAgain(t, world.redis);
  await world.settled("redis");
  world.assert_right();
});

test("PostgreSQL is down, and nobody notices", async (t) => {
  const world = await start_outage_world(t);
  await world.postgres.stop();
  await world.rounds(8);
  assert.deepEqual([...world.sources], ["redis"]);
  await world.postgres.start();
  await world.rounds(4);
  world.assert_right();
});

test("in normal operation nothing is written to PostgreSQL", async (t) => {
  const world = await start_outage_world(t);
  const written = () => psql(world.postgres, "SELECT pg_current_wal_insert_lsn()");
  psql(world.postgres, "CHECKPOINT");
  const statements = () => psql(world.postgres,
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables");
  const [before, tuples] = [written(), statements()];
  await world.rounds(20);
  assert.equal(statements(), tuples);
  assert.ok(BigInt(`0x${written().split("/")[1]}`) - BigInt(`0x${before.split("/")[1]}`) < 1000n,
    "but for the server's own housekeeping");
});

test("without PostgreSQL a node answers from its own memory", async (t) => {
  const world = await start_outage_world(t, { with_postgres: false });
  await world.redis.stop("SIGKILL");
  await world.answers_from("local");
  await world.leave(3);
  await world.rounds(4);
  await kRedisAgain(t, world.redis);
  await world.settled("redis");
  world.assert_right();
});

test("a node dies during the outage, and what it told PostgreSQL still counts", async (t) => {
  const world = await start_outage_world(t);
  await world.redis.stop("SIGKILL");
  await world.settled("postgres");
  const [first, second] = world.nodes;
  await world.stop();
  world.nodes = [second];
  await first.stop("SIGKILL");
  await world.settled("postgres");
  await kRedisAgain(t, world.redis);
  await world.settled("redis");
});
