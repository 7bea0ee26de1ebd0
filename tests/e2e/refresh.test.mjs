// [[refresh]]: the backstop that reaches the live members of a roster, once for all nodes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { realtime_config, wait_until_healthy } from "./cluster.mjs";
import { start_process, start_redis, start_rollcall, wait_for } from "./harness.mjs";
import { open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

const kEveryMs = 2000;
const kRefresh = `
[[roster]]
name = "crm"
key = "crm:live"
ttl = "300s"
[[refresh]]
roster = "crm"
every = "${kEveryMs}ms"
message = '{"type":"refresh"}'
`;

const start = (t, redis, name) => start_rollcall(t, {
  args: ["--threads", "2", "--node-name", name],
  config: realtime_config(redis) + kRefresh,
});
const refreshes = (socket) => socket.received.filter(({ json }) => json?.type === "refresh");

test("each live member is reached once an interval, whichever node it is on", async (t) => {
  const redis = await start_redis(t);
  const nodes = await Promise.all(["north", "south"].map((name) => start(t, redis, name)));
  await Promise.all(nodes.map(wait_until_healthy));
  const users = ["ada", "bob", "carl", "dora"];
  const sockets = await Promise.all(
    users.map((user, i) => open_socket(t, nodes[i % 2], { user })));
  const idle = await open_socket(t, nodes[0], { user: "not-on-the-roster" });
  for (const user of users) await call(nodes[0], "PUT", `/api/v1/rosters/crm/members/${user}`);
  const began = Date.now();
  await wait_for(() => sockets.every((socket) => refreshes(socket).length >= 3),
    { what: "three rounds", bound_ms: 20_000 });
  const rounds = Math.ceil((Date.now() - began) / kEveryMs) + 1;
  for (const socket of sockets) {
    assert.ok(refreshes(socket).length <= rounds, "one claims each interval, not both");
  }
  assert.equal(refreshes(idle).length, 0);
});

test("with nobody live nothing is claimed and nothing is listed", async (t) => {
  const redis = await start_redis(t);
  const node = await start(t, redis, "north");
  await wait_until_healthy(node);
  const monitor = start_process(t, "redis-cli", ["-p", String(redis.port), "monitor"]);
  await wait_for(() => monitor.output().includes("OK"));
  const counted = () => monitor.output().split("\n")
    .filter((line) => line.includes("crm:live")).length;
  const began = Date.now();
  await wait_for(() => Date.now() - began > 2 * kEveryMs && counted() > 0,
    { what: "two intervals" });
  assert.ok(!monitor.output().includes("rollcall:tick"), "no claim");
  const keys = String(execFileSync("redis-cli", ["-p", String(redis.port), "keys", "*tick*"]));
  assert.equal(keys.trim(), "");
});
