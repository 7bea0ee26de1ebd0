// What an operator sees of an outage, and of its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run_rollcall, start_postgres, start_redis, start_rollcall, wait_for }
  from "./harness.mjs";
import { call } from "./wire.mjs";

const kConfig = '[store]\nsettle = "1s"\n';
const kRoster = "online_sessions";
const kOutageMs = 20_000;

const beat = (server, sessionId) =>
  call(server, "POST", "/api/sessions/activity", { body: { sessionId } });
const ready = async (server) => (await call(server, "GET", "/readyz")).json;
const told_status = (t, server) => run_rollcall(t, ["status", "--url", server.url]);

async function answers_from(server, source, certainty) {
  await wait_for(async () => {
    const { status, headers } = await beat(server, "ada");
    assert.equal(status, 200);
    return headers["x-rollcall-source"] === source &&
      headers["x-rollcall-certainty"] === certainty;
  }, { what: `${certainty} answers from ${source}`, bound_ms: kOutageMs });
}

// The samples of a family, by their labels as they are written.
async function samples(server, family) {
  const { body } = await call(server, "GET", "/metrics");
  const lines = body.split("\n").filter((line) => line.startsWith(`${family}{`));
  return Object.fromEntries(lines.map((line) => {
    const [, labels, value] = /\{(.*)\} (\S+)$/.exec(line);
    return [labels, Number(value)];
  }));
}

// Of all shards, as of their latest tick.
async function comes_to(server, state) {
  await wait_for(async () => ((await ready(server)).rosters[kRoster] ?? "normal") === state, {
    what: `readyz tells ${state}`,
    bound_ms: kOutageMs,
  });
  const states = await samples(server, "rollcall_handover_state");
  for (const each of ["normal", "recovering", "fallback", "local"]) {
    const value = states[`roster="${kRoster}",state="${each}"`];
    assert.equal(value, each === state ? 1 : 0, `${each} is ${value}, not ${state} alone`);
  }
}

const state_changes = (server) => server.errors().split("\n")
  .filter((line) => line.includes("store state changed"));

test("an outage shows in readyz, metrics, log and status, and so does its end", async (t) => {
  const redis = await start_redis(t);
  const server = await start_rollcall(t, {
    config: `${kConfig}[sessions]\ntimeout = "5s"\n`,
    args: ["--redis", redis.url, "--threads", "2"],
  });
  await answers_from(server, "redis", "exact");
  await comes_to(server, "normal");

  const before = state_changes(server).length;
  await redis.stop("SIGKILL");
  await answers_from(server, "local", "at-least");
  await comes_to(server, "local");
  assert.deepEqual((await ready(server)).degraded, ["redis"]);
  const local = await samples(server, "rollcall_local_acknowledgements_total");
  assert.ok(local[`roster="${kRoster}"`] > 0, JSON.stringify(local));
  const told = await told_status(t, server);
  assert.equal(told.code, 1);
  assert.match(told.output, /^online_sessions: local since .* ago$/m);
  assert.match(told.output, /^ {2}online +at least 1, from local$/m);
  assert.match(told.output, /shard \d, normal -> local: \w/);
  const worse = state_changes(server).slice(before);
  assert.ok(worse.length >= 1, server.errors());
  for (const line of worse) assert.match(line, /warn.*online_sessions.*normal.*local/i);

  await start_redis(t, { port: redis.port });
  await answers_from(server, "redis", "exact");
  await comes_to(server, "normal");
  const calm = await told_status(t, server);
  assert.equal(calm.code, 0, calm.output);
  assert.match(calm.output, /^online_sessions: normal since .* ago$/m);
  const better = state_changes(server).slice(before + worse.length);
  assert.ok(better.some((line) => /info.*online_sessions/i.test(line)), server.errors());
  const changes = await samples(server, "rollcall_handover_changes_total");
  assert.ok(changes[`roster="${kRoster}",to="local"`] >= 1, JSON.stringify(changes));
  assert.ok(changes[`roster="${kRoster}",to="normal"`] >= 1, JSON.stringify(changes));
  const answers = await samples(server, "rollcall_answers_total");
  assert.ok(answers['source="local",certainty="at-least"'] > 0, JSON.stringify(answers));
  assert.equal(answers['source="local",certainty="exact"'], 0);
});

test("a node on PostgreSQL alone answers from its own memory while that is down", async (t) => {
  const postgres = await start_postgres(t);
  const server = await start_rollcall(t, { config: kConfig, args: ["--postgres", postgres.url] });
  await beat(server, "grace");
  await answers_from(server, "postgres", "exact");
  await postgres.stop();
  await answers_from(server, "local", "at-least");
  assert.equal((await beat(server, "alan")).json.online, 3);
  await postgres.start();
  await answers_from(server, "postgres", "exact");
  assert.equal((await beat(server, "ada")).json.online, 3);
});
