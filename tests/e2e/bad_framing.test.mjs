// Requests whose bytes are not what HTTP says, or come too slowly, too many, or mangled.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { assert_cut_off, kHost, kNext } from "./refusals.mjs";
import { assert_error, call, raw_exchange } from "./wire.mjs";

const kPost = "POST /api/sessions/activity HTTP/1.1\r\n";
const kBeat = '{"sessionId":"smuggled"}';
const kLength = `Content-Length: ${kBeat.length}\r\n`;
const kInChunks = `18\r\n${kBeat}\r\n0\r\n\r\n`;
const kChunked = "Transfer-Encoding: chunked\r\n";
const with_headers = (headers, body = kBeat) => `${kPost}${kHost}${headers}\r\n${body}`;

const kSmuggling = {
  "both lengths": with_headers(`${kLength}${kChunked}`, kInChunks),
  "both lengths, the other way round": with_headers(`${kChunked}${kLength}`, kInChunks),
  "two lengths": with_headers(`${kLength}Content-Length: 2\r\n`),
  "the same length twice": with_headers(`${kLength}${kLength}`),
  "a list of lengths": with_headers("Content-Length: 24, 24\r\n"),
  "a negative length": with_headers("Content-Length: -1\r\n"),
  "a length with a sign": with_headers("Content-Length: +24\r\n"),
  "a length in hex": with_headers("Content-Length: 0x18\r\n"),
  "a length with a fraction": with_headers("Content-Length: 24.0\r\n"),
  "an empty length": with_headers("Content-Length:\r\n"),
  "a length past 64 bits": with_headers("Content-Length: 18446744073709551640\r\n"),
  "chunked twice": with_headers(`${kChunked}${kChunked}`, kInChunks),
  "chunked twice in one": with_headers("Transfer-Encoding: chunked, chunked\r\n", kInChunks),
  "gzip": with_headers("Transfer-Encoding: gzip, chunked\r\n", kInChunks),
  "not quite chunked": with_headers("Transfer-Encoding: xchunked\r\n", kInChunks),
  "identity": with_headers("Transfer-Encoding: identity\r\n", kInChunks),
  "chunked before a tab": with_headers("Transfer-Encoding:\x0bchunked\r\n", kInChunks),
  "chunked in HTTP/1.0": `${kPost.replace("1.1", "1.0")}${kHost}${kChunked}\r\n${kInChunks}`,
  "a chunk size that is none": with_headers(kChunked, `xx\r\n${kBeat}\r\n0\r\n\r\n`),
  "a negative chunk": with_headers(kChunked, `-18\r\n${kBeat}\r\n0\r\n\r\n`),
  "a chunk longer than its size": with_headers(kChunked, `2\r\n${kBeat}\r\n0\r\n\r\n`),
  "a chunk behind a bare line feed": with_headers(kChunked, `18\n${kBeat}\r\n0\r\n\r\n`),
  "a folded header": with_headers(`X-One: a\r\n b\r\n${kLength}`),
  "a folded length": with_headers("Content-Length:\r\n 24\r\n"),
  "a fold before the first header": `${kPost} ${kHost}${kLength}\r\n${kBeat}`,
  "bare line feeds": with_headers(kLength).replaceAll("\r\n", "\n") + "\r\n\r\n",
  "one bare line feed": with_headers(`X-One: a\n${kLength}`),
  "a bare carriage return": with_headers(`X-One: a\r${kLength}`),
  "a space before the colon": with_headers(`X-One: a\r\nContent-Length : 24\r\n`),
  "a tab before the colon": with_headers(`${kLength}X-One\t: a\r\n`),
  "no colon": with_headers(`${kLength}Nothing\r\n`),
  "no name": with_headers(`${kLength}: nothing\r\n`),
  "a name with a space": with_headers(`${kLength}X One: a\r\n`),
  "a zero byte": with_headers(`${kLength}X-One: a\0b\r\n`),
  "an escape character": with_headers(`${kLength}X-One: a\x1bb\r\n`),
  "two hosts": with_headers(`${kHost}${kLength}`),
  "no host": `${kPost}${kLength}\r\n${kBeat}`,
  "HTTP/0.9": "GET /healthz\r\n\r\n",
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "HTTP/1.10": `GET /healthz HTTP/1.10\r\n${kHost}\r\n`,
  "http in small letters": `GET /healthz http/1.1\r\n${kHost}\r\n`,
  "a space in the target": `GET /health z HTTP/1.1\r\n${kHost}\r\n`,
  "two spaces": `GET  /healthz HTTP/1.1\r\n${kHost}\r\n`,
  "a tab for a space": `GET\t/healthz HTTP/1.1\r\n${kHost}\r\n`,
  "a space in front": ` GET /healthz HTTP/1.1\r\n${kHost}\r\n`,
  "no method": ` /healthz HTTP/1.1\r\n${kHost}\r\n`,
  "a TLS greeting": "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
};

test("what a proxy may read otherwise is refused, and the connection ends", async (t) => {
  const server = await start_rollcall(t);
  for (const [name, request] of Object.entries(kSmuggling)) {
    await assert_cut_off(server, name, request, 400, "bad_request");
  }
  const large = {
    "a long header": with_headers(`X-One: ${"x".repeat(20_000)}\r\n`),
    "a long name": with_headers(`${"x".repeat(20_000)}: 1\r\n`),
    "a long target": `GET /${"x".repeat(20_000)} HTTP/1.1\r\n${kHost}\r\n`,
    "headers without end": `GET / HTTP/1.1\r\n${"X-One: 1\r\n".repeat(3000)}`,
    "65 headers": with_headers("X-One: 1\r\n".repeat(65)),
  };
  for (const [name, request] of Object.entries(large)) {
    await assert_cut_off(server, name, request, 431, "headers_too_large");
  }
  const { json } = await call(server, "GET", "/api/sessions/online");
  assert.equal(json.online, 0, "nobody was smuggled in");
});

const kQuick = `[limits]
first_byte_timeout = "400ms"
header_timeout = "400ms"
body_timeout = "400ms"
idle_timeout = "400ms"
`;

test("who sends too slowly is told so, and let go", async (t) => {
  const server = await start_rollcall(t, { config: kQuick });
  const half_body = with_headers(kLength, kBeat.slice(0, 10));
  const drip = (text) => ({ parts: [...text], every_ms: 20 });
  const slow = {
    "half a request line": { parts: ["GET /hea"] },
    "half a head": { parts: [`${kPost}${kHost}X-One`] },
    "half a body": { parts: [half_body] },
    "half a chunk": { parts: [with_headers(kChunked, "18\r\n{")] },
    "a head byte by byte": drip(`${kPost}${kHost}X-One: ${"x".repeat(400)}`),
    "a body byte by byte": drip(with_headers("Content-Length: 1000\r\n", "x".repeat(1000))),
    "a second request": { parts: [kNext + "GET /h"], before: [200] },
  };
  const attempts = Object.entries(slow).map(async ([name, { parts, every_ms, before = [] }]) => {
    const { responses, closed } = await raw_exchange(server.port, parts, { every_ms });
    const statuses = responses.map(({ status }) => status);
    assert.deepEqual(statuses, [...before, 408], name);
    assert_error(responses.at(-1), 408, "request_timeout");
    assert.ok(closed, name);
  });
  await Promise.all(attempts);
  for (const silent of ["", kNext]) {
    const { responses, closed } = await raw_exchange(server.port, silent);
    assert.deepEqual([responses.length, closed], [silent ? 1 : 0, true], "an idle client goes");
  }
  const { json } = await call(server, "GET", "/api/sessions/online");
  assert.equal(json.online, 0, "half a beat is none");
});

test("a thousand pipelined requests are answered in order", async (t) => {
  const server = await start_rollcall(t);
  const path = "/api/v1/rosters/online_sessions/members";
  const targets = Array.from({ length: 1000 }, (_, i) => (i % 3 ? `${path}/m${i}` : `/none/${i}`));
  const one = (target) => `PUT ${target} HTTP/1.1\r\n${kHost}\r\n`;
  const text = targets.map(one).join("") + with_headers("X One: a\r\n") + kNext;
  const { responses, closed } = await raw_exchange(server.port, text);
  assert.ok(closed, "the last of them was malformed");
  const { status } = responses.pop();
  assert.equal(status, 400);
  assert.equal(responses.length, targets.length);
  let online = 0;
  for (const [i, answer] of responses.entries()) {
    if (i % 3) assert.equal(answer.body, `{"online":${++online}}`);
    else assert_error(answer, 404, "not_found");
  }
});

test("a client that reads nothing is not waited for by others", async (t) => {
  const server = await start_rollcall(t, { args: ["--threads", "1"] });
  const flood = connect({ port: server.port, host: server.host });
  flood.pause();
  flood.write(`GET /openapi.json HTTP/1.1\r\n${kHost}\r\n`.repeat(2000));
  try {
    for (let i = 0; i < 20; ++i) {
      assert.equal((await call(server, "GET", "/healthz")).status, 200);
    }
  } finally {
    flood.destroy();
  }
});

// Deterministic: what fails once fails again.
function random_numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mangled(text, random) {
  const bytes = Buffer.from(text, "latin1");
  for (let i = random(4); i >= 0; --i) bytes[random(bytes.length)] = random(256);
  const from = random(bytes.length);
  const piece = bytes.subarray(from, from + random(20));
  const at = random(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + random(3))]);
}

test("mangled requests are answered or dropped, never with a server's error", async (t) => {
  const server = await start_rollcall(t);
  const whole = [with_headers(kLength), with_headers(kChunked, kInChunks), kNext,
    `PUT /api/v1/rosters/online_sessions/members/%C3%A9 HTTP/1.1\r\n${kHost}\r\n`];
  const random = random_numbers(20_240_229);
  for (let i = 0; i < 500; ++i) {
    const bytes = mangled(whole[i % whole.length], random);
    const { responses } = await raw_exchange(server.port, [bytes], { end: true });
    for (const { status } of responses) {
      assert.ok(status >= 100 && status < 500, `${status} to ${JSON.stringify(String(bytes))}`);
    }
  }
  const { responses } = await raw_exchange(server.port, kNext, { responses: 1 });
  assert.equal(responses[0].status, 200);
});
