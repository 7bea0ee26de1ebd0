// Nodes on one Redis, for one test.
import { start_redis, start_rollcall, wait_for } from "./harness.mjs";
import { call } from "./wire.mjs";

// Short enough for a test: everything that takes minutes by default.
export const kQuick = {
  ping: "300ms",
  pong_wait: "2s",
  presence_ttl: "4s",
  offline_grace: "300ms",
  drain_spread: "100ms",
};

export function realtime_config(redis, realtime = {}) {
  const settings = Object.entries({ ...kQuick, ...realtime })
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return `[redis]\nurl = "${redis.url}"\n[realtime]\n${settings.join("\n")}\n`;
}

export function start_node(t, redis, name, { realtime, threads = 2, port, args = [] } = {}) {
  return start_rollcall(t, {
    args: ["--threads", String(threads), "--node-name", name, ...args],
    config: realtime_config(redis, realtime),
    port,
  });
}

// Both nodes are up, hear each other, and have their leases.
export async function start_cluster(t, { realtime, threads } = {}) {
  const redis = await start_redis(t);
  const nodes = await Promise.all(
    ["north", "south"].map((name) => start_node(t, redis, name, { realtime, threads })));
  await Promise.all(nodes.map(wait_until_healthy));
  return { redis, north: nodes[0], south: nodes[1] };
}

export const wait_until_healthy = (node) => wait_for(async () => {
  const { json } = await call(node, "GET", "/readyz");
  return json?.degraded?.length === 0;
}, { what: "a node with nothing degraded", bound_ms: 20_000 });

export const wait_until_degraded = (node) => wait_for(async () => {
  const { json } = await call(node, "GET", "/readyz");
  return json?.degraded?.length > 0;
}, { what: "a node that knows its Redis is away", bound_ms: 20_000 });

export const explain = async (node, user) =>
  (await call(node, "GET", `/api/v1/realtime/users/${user}`)).json;

export const send = async (node, user, body) =>
  (await call(node, "POST", `/api/v1/realtime/users/${user}/messages`, { body })).json;

export const brief = (events) => events.map(({ status, reason }) => `${status} ${reason}`);
