// `rollcall bench` against real servers: its numbers are those that the server counts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bench, kConfig, sample, start_server } from "./bench.mjs";
import { run_rollcall, start_program, start_rollcall, text_file, wait_for } from "./harness.mjs";
import { kNoSpread } from "./socket.mjs";
import { make_certificate } from "./tls.mjs";
import { call } from "./wire.mjs";

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
  const { config, trust } = make_certificate(t);
  const server = await start_rollcall(t,
    { dev: false, env: kNoSpread, config: kConfig + config });
  const run = (verb, env, ...words) => run_rollcall(t, ["bench", verb, "--json", "--config",
    server.file, "--url", `https://localhost:${server.port}`, ...words], { env });
  const beats = await run("heartbeats", trust, "--requests", "50");
  assert.deepEqual([beats.code, JSON.parse(beats.output).beats], [0, 50], beats.output);
  const fanout = await run("fanout", trust, "--requests", "5", "--connections", "3");
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
