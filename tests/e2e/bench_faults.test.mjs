// `rollcall bench` against servers that stall, refuse, vanish, or are not rollcall.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as create_http_server } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { bench, sample, start_server } from "./bench.mjs";
import { start_program, start_rollcall, wait_for } from "./harness.mjs";

// The kernel makes connections to a server that is stopped (proc(5): state 01 is established).
function is_connected_to(port) {
  const remote = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/tcp", "utf8").split("\n").some((line) => {
    const [, , address, state] = line.trim().split(/\s+/);
    return address?.endsWith(`:${remote}`) && state === "01";
  });
}

test("with a rate, a stall of the server shows in every beat that was due", async (t) => {
  const server = await start_server(t);
  server.child.kill("SIGSTOP");
  const running = bench(t, server, "heartbeats", "--rate", "100", "--requests", "100",
    "--connections", "2");
  try {
    await wait_for(() => is_connected_to(server.port), { what: "the bench to begin" });
    const began = Date.now();
    await wait_for(() => Date.now() > began + 1500, { what: "all beats to be due" });
  } finally {
    server.child.kill("SIGCONT");
  }
  const { json } = await running;
  assert.deepEqual([json.beats, json.errors], [100, {}]);
  assert.ok(json.latencyMs.p50 > 500, `the median knows of the stall: ${json.latencyMs.p50} ms`);
});

test("errors are counted by their kind, and the exit status tells", async (t) => {
  const server = await start_rollcall(t, { config: "[sessions]\nrate_limit = 1\n" });
  const { code, json } = await bench(t, server, "heartbeats", "--requests", "200");
  assert.equal(code, 1);
  assert.deepEqual(Object.keys(json.errors).sort(),
    ["429 rate_limited", "leaving: 429 rate_limited"]);
  assert.equal(json.beats + json.errors["429 rate_limited"], 200);
  await server.stop();
  const gone = await bench(t, server, "heartbeats", "--duration", "300ms", "--connections", "1");
  assert.equal(gone.code, 1);
  assert.deepEqual([gone.json.beats, Object.keys(gone.json.errors)],
    [0, ["connecting: Connection refused"]]);
});

test("what the server drops is told, with the code of its close", async (t) => {
  const server = await start_server(t);
  const words = ["bench", "connections", "--url", server.url, "--json", "--config", server.file,
    "--connections", "20", "--duration", "1m"];
  const running = start_program(t, words);
  await wait_for(async () => await sample(server, "rollcall_websockets") === 20);
  await server.stop();
  running.child.kill("SIGINT");
  const { code } = await running.exit;
  const json = JSON.parse(running.output());
  assert.deepEqual([code, json.opened, json.dropped + json.heldToTheEnd], [1, 20, 20]);
  const [kind, count] = Object.entries(json.errors)[0];
  assert.match(kind, /^dropped: closed 1001/);
  assert.equal(count, json.dropped);
});

// One that is not rollcall, closed after `t`: {url}.
async function start_stranger(t, server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}` };
}

test("a number of requests comes to its end, though nobody answers", async (t) => {
  const nobody = { url: "http://127.0.0.1:1" };
  const { code, json } = await bench(t, nobody, "heartbeats", "--requests", "20");
  assert.equal(code, 1);
  assert.deepEqual([json.beats, Object.keys(json.errors)],
    [0, ["connecting: Connection refused"]]);
});

test("a server that never finishes a connection is no success", async (t) => {
  const sockets = [];
  const silent = await start_stranger(t, createServer((socket) => sockets.push(socket)));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const running = start_program(t, ["bench", "heartbeats", "--json", "--duration", "100ms",
    "--connections", "2", "--url", silent.url.replace("http:", "https:")]);
  await wait_for(() => sockets.length === 2, { what: "the connections" });
  running.child.kill("SIGINT");
  const { code } = await running.exit;
  assert.equal(code, 1, running.output());
  assert.deepEqual(JSON.parse(running.output()).errors,
    { "stopped before the connections were open": 1 });
});

test("a second Ctrl-C does not wait, and what it gives up is told", async (t) => {
  let bytes = 0;
  const mute = await start_stranger(t, createServer((socket) => {
    socket.on("data", (part) => (bytes += part.length)).on("error", () => {});
  }));
  const running = start_program(t, ["bench", "heartbeats", "--json", "--connections", "1",
    "--url", mute.url, "--duration", "10m"]);
  await wait_for(() => bytes > 0, { what: "a beat" });
  await wait_for(() => !running.child.kill("SIGINT"), { what: "the end" });
  const { code } = await running.exit;
  assert.deepEqual([code, JSON.parse(running.output()).errors],
    [1, { "no answer by the end": 1 }]);
});

test("a server that closes what is idle is not flooded with connections", async (t) => {
  let count = 0;
  const curt = await start_stranger(t, createServer((socket) => {
    ++count;
    socket.on("error", () => {}).destroy();
  }));
  const began = Date.now();
  const { code } = await bench(t, curt, "heartbeats", "--rate", "1", "--duration", "900ms",
    "--connections", "1");
  assert.equal(code, 1);
  const pauses = (Date.now() - began) / 100;
  assert.ok(count <= pauses + 2, `${count} connections, with a pause of 100 ms between them`);
});

test("what is not rollcall's is told, and so are sessions that could not leave", async (t) => {
  const other = await start_stranger(t, create_http_server((request, reply) => {
    request.resume().on("end", () => reply.end("hello"));
  }));
  const { json } = await bench(t, other, "heartbeats", "--requests", "3", "--connections", "1");
  assert.equal(json.errors["200 that is not rollcall's"], 3);
  const sticky = await start_stranger(t, create_http_server(async (request, reply) => {
    let body = "";
    for await (const part of request) body += part;
    reply.statusCode = body.includes("leave") ? 503 : 200;
    reply.end('{"online":1}');
  }));
  const stuck = await bench(t, sticky, "heartbeats", "--requests", "3", "--connections", "1");
  assert.deepEqual([stuck.code, stuck.json.beats, stuck.json.errors],
    [1, 3, { "leaving: 503": 3 }]);
});
