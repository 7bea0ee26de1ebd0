// The usual way to count who is online: Node's http server and ioredis, with ZADD,
// ZREMRANGEBYSCORE and ZCARD for every heartbeat. Modes: `pipeline` sends the three as one
// pipeline a request; `autopipelined` lets ioredis gather the commands of one loop turn.

import http from "node:http";
import { Redis } from "ioredis";

const [mode, redis_url] = process.argv.slice(2);
if (!["pipeline", "autopipelined"].includes(mode) || !redis_url) {
  console.error("usage: node server.js pipeline|autopipelined redis://HOST:PORT");
  process.exit(2);
}

const kKey = "online_sessions";
const kTimeoutMs = 15 * 60 * 1000;
const kMaxBodyBytes = 64 * 1024;
const redis = new Redis(redis_url, { enableAutoPipelining: mode === "autopipelined" });

async function count_by_pipeline(id, now) {
  const replies = await redis
    .pipeline()
    .zadd(kKey, now, id)
    .zremrangebyscore(kKey, "-inf", now - kTimeoutMs)
    .zcard(kKey)
    .exec();
  for (const [error] of replies) if (error) throw error;
  return replies[2][1];
}

async function count_by_autopipelining(id, now) {
  const replies = await Promise.all([
    redis.zadd(kKey, now, id),
    redis.zremrangebyscore(kKey, "-inf", now - kTimeoutMs),
    redis.zcard(kKey),
  ]);
  return replies[2];
}

const count = mode === "pipeline" ? count_by_pipeline : count_by_autopipelining;

function send(response, status, value) {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  response.end(body);
}

async function beat(text, response) {
  try {
    const { sessionId } = JSON.parse(text);
    if (typeof sessionId !== "string") throw new Error("no sessionId");
    send(response, 200, { online: await count(sessionId, Date.now()) });
  } catch (error) {
    send(response, 500, { error: error.message });
  }
}

const server = http.createServer((request, response) => {
  if (request.method !== "POST" || request.url !== "/api/sessions/activity") {
    send(response, 404, { error: "not found" });
    return;
  }
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk) => {
    text += chunk;
    if (text.length > kMaxBodyBytes) request.destroy();
  });
  request.on("end", () => beat(text, response));
});

redis.once("ready", () => {
  server.listen(0, "127.0.0.1", () => {
    console.log(`node_ioredis listening on http://127.0.0.1:${server.address().port}`);
  });
});
