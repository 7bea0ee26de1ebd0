// `rollcall bench` against real servers: its numbers are those that the server counts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as create_http_server } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { run_rollcall, start_program, start_rollcall, temporary_folder, text_file, wait_for }
  from "./harness.mjs";
import { kNoSpread } from "./socket.mjs";
import { kSecret } from "./tokens.mjs";
import { call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const kConfig = `[server]
api_keys = ["${kKey}"]
[auth]
secret = "${kSecret}"
`;

const start_server = (t) => start_rollcall(t,
  { dev: false, env: kNoSpread, args: ["--threads", "2"], config: kConfig });

// {code, errors, json}
async function bench(t, server, verb, ...words) {
  const config = server.file ? ["--config", server.file] : [];
  const done = await run_rollcall(t,
    ["bench", verb, "--url", server.url, "--json", ...config, ...words]);
  return { ...done, json: done.output ? JSON.parse(done.output) : null };
}

async function sample(server, name) {
  const { body } = await call(server, "GET", "/metrics", { headers: { "X-API-Key": kKey } });
  const lines = body.split("\n").filter((line) => line.startsWith(`${name} `) ||
    line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

// The kernel makes connections to a server that is stopped (proc(5): state 01 is established).
function is_connected_to(port) {
  const remote = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/tcp", "utf8").split("\n").some((line) => {
    const [, , address, state] = line.trim().split(/\s+/);
    return address?.endsWith(`:${remote}`) && state === "01";
  });
}

const is_ordered = ({ p50, p90, p99, p999, max }) =>
  p50 > 0 && p50 <= p90 && p90 <= p99 && p99 <= p999 && p999 <= max;

test("heartbeats are as many as the server counts, and nobody stays behind", async (t) => {
  const server = await start_server(t);
  const { code, errors, json } = await bench(t, server, "heartbeats", "--requests", "500",
    "--sessions", "40", "--connections", "4");
  assert.deepEqual([code, errors, json.errors], [0, "", {}]);
  assert.deepEqual([json.bench, json.beats, json.leaves], ["heartbeats", 500, 40]);
  assert.equal(json.latencyMs.count, 500);
  assert.ok(is_ordered(json.latencyMs), JSON.stringify(json));
  assert.ok(Math.abs(json.beatsPerSecond - 500 / json.seconds) < 1);
  assert.equal(await sample(server, "rollcall_heartbeats_total"), 500);
  assert.equal(await sample(server, "rollcall_session_leaves_total"), 40);
  assert.deepEqual((await call(server, "GET", "/api/sessions/online")).json, { online: 0 });
});

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

test("WebSockets are opened, held and closed", async (t) => {
  const server = await start_server(t);
  const { code, json } = await bench(t, server, "connections", "--connections", "60",
    "--duration", "100ms");
  assert.deepEqual([code, json.errors], [0, {}], JSON.stringify(json));
  assert.deepEqual([json.opened, json.failed, json.dropped, json.heldToTheEnd], [60, 0, 0, 60]);
  assert.ok(is_ordered(json.welcomeLatencyMs), JSON.stringify(json));
  assert.equal(await sample(server, "rollcall_websockets_total"), 60);
  await wait_for(async () => await sample(server, "rollcall_websockets") === 0);
  const strange = text_file(t, '[auth]\nsecret = "another-secret-of-thirty-two-bytes-or-more"\n');
  const refused = await bench(t, { ...server, file: strange }, "connections",
    "--connections", "3", "--duration", "0s");
  assert.equal(refused.code, 1);
  assert.deepEqual([refused.json.opened, refused.json.failed], [0, 3]);
  assert.deepEqual(Object.values(refused.json.errors), [3]);
  assert.match(Object.keys(refused.json.errors)[0], /^401 invalid_token$/);
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

for (const [to, words] of [["one user", []], ["everyone", ["--broadcast"]]]) {
  test(`what is published to ${to} is counted where it arrives`, async (t) => {
    const server = await start_server(t);
    const { code, errors, json } = await bench(t, server, "fanout", "--requests", "50",
      "--connections", "12", "--bytes", "300", ...words);
    assert.deepEqual([code, errors, json.errors], [0, "", {}]);
    assert.deepEqual([json.published, json.delivered, json.missing], [50, 600, 0]);
    assert.equal(json.deliveryLatencyMs.count, 600);
    assert.ok(is_ordered(json.deliveryLatencyMs), JSON.stringify(json));
    const metric = words.length ? "rollcall_realtime_broadcasts_total"
      : "rollcall_realtime_messages_total";
    assert.equal(await sample(server, metric), 50);
    const keyless = await bench(t, server, "fanout", "--requests", "2", "--connections", "1",
      "--api-key-file", text_file(t, "not-a-key-of-this-server\n"), ...words);
    assert.equal(keyless.code, 1);
    assert.deepEqual(keyless.json.errors, { "publishing: 401 api_key_invalid": 2 });
  });
}

test("tokens from a file are used in turn", async (t) => {
  const server = await start_server(t);
  const token_of = async (user) => (await run_rollcall(t,
    ["token", "--config", server.file, "--sub", user])).output;
  const file = text_file(t, await token_of("ann") + await token_of("a/b c"), "tokens.txt");
  const held = await bench(t, { ...server, file: null }, "connections", "--connections", "4",
    "--token-file", file, "--duration", "0s");
  assert.deepEqual([held.code, held.json.opened], [0, 4], held.output);
  const one = text_file(t, await token_of("a/b c"), "token.txt");
  const { code, json } = await bench(t, server, "fanout", "--connections", "3", "--requests", "5",
    "--token-file", one);
  assert.deepEqual([code, json.delivered], [0, 15], JSON.stringify(json));
});

test("over TLS, to a server whose certificate is trusted", async (t) => {
  const folder = temporary_folder(t);
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=rollcall",
    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
    { stdio: "ignore" });
  const server = await start_rollcall(t, { dev: false, env: kNoSpread, config: `${kConfig}
[server.tls]
certificate_file = "${certificate}"
private_key_file = "${key}"
` });
  const run = (verb, env, ...words) => run_rollcall(t, ["bench", verb, "--json", "--config",
    server.file, "--url", `https://localhost:${server.port}`, ...words], { env });
  const trusting = { SSL_CERT_FILE: certificate };
  const beats = await run("heartbeats", trusting, "--requests", "50");
  assert.deepEqual([beats.code, JSON.parse(beats.output).beats], [0, 50], beats.output);
  const fanout = await run("fanout", trusting, "--requests", "5", "--connections", "3");
  assert.deepEqual([fanout.code, JSON.parse(fanout.output).delivered], [0, 15], fanout.output);
  const doubting = await run("heartbeats", {}, "--duration", "200ms", "--connections", "1");
  assert.match(Object.keys(JSON.parse(doubting.output).errors)[0], /certificate verify failed/);
});

test("Ctrl-C ends it early: it tells what it found, and its sessions leave", async (t) => {
  const server = await start_server(t);
  const running = start_program(t,
    ["bench", "heartbeats", "--url", server.url, "--duration", "10m", "--sessions", "30"]);
  await wait_for(async () => await sample(server, "rollcall_heartbeats_total") > 100);
  running.child.kill("SIGINT");
  const { code } = await running.exit;
  assert.equal(code, 0, running.errors());
  assert.match(running.output(), /^heartbeats, http.*: 16 connections, 30 sessions, as fast/);
  assert.match(running.output(), /\n {2}latency +p50 [\d.]+ ms, p90 .*, max [\d.]+ ms\n/);
  assert.equal(await sample(server, "rollcall_session_leaves_total"), 30);
  assert.deepEqual((await call(server, "GET", "/api/sessions/online")).json, { online: 0 });
});

test("another machine is loaded only when one says so", async (t) => {
  const other = await bench(t, { url: "http://192.0.2.1:9" }, "heartbeats");
  assert.deepEqual([other.code, other.output], [2, ""]);
  assert.match(other.errors, /192\.0\.2\.1:9 is not this machine\.[^]*--yes/);
  const nowhere = await bench(t, { url: "http://nowhere.invalid" }, "heartbeats", "--yes");
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.errors, /^rollcall: --url: nowhere\.invalid: /);
  const wrong = await bench(t, { url: "127.0.0.1:8085" }, "heartbeats");
  assert.match(wrong.errors, /--url: expects a URL such as http:/);
});

test("its help teaches, and slips are answered", async (t) => {
  const { output } = await run_rollcall(t, ["bench", "fanout", "--help"]);
  for (const flag of ["--url", "--broadcast", "--bytes", "--rate", "--yes", "Examples:"]) {
    assert.ok(output.includes(flag), `${flag}:\n${output}`);
  }
  const help = await run_rollcall(t, ["bench"]);
  assert.equal(help.code, 2);
  assert.match(help.errors, /heartbeats/);
  for (const words of [["--connections", "0"], ["--duration", "soon"], ["--rate", "x"],
    ["--token-file", "/nowhere"]]) {
    const slip = await run_rollcall(t, ["bench", "connections", ...words]);
    assert.deepEqual([slip.code, slip.output], [2, ""], words.join(" "));
    assert.ok(slip.errors.includes(words[0]), slip.errors);
  }
  for (const words of [["heartbeats", "--requests", "-1"], ["fanout", "--bytes", "10"]]) {
    const odd = await run_rollcall(t, ["bench", ...words]);
    assert.deepEqual([odd.code, odd.output], [2, ""]);
    assert.ok(odd.errors.includes(`${words[1]}: must be `), odd.errors);
  }
  assert.match(readFileSync(new URL("../../docs/load-testing.md", import.meta.url), "utf8"),
    /rollcall bench heartbeats/);
});
