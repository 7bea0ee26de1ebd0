// What a client can do wrong, byte by byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { raw_exchange } from "./wire.mjs";

const kHost = "Host: localhost\r\n";

function beat(id) {
  const body = JSON.stringify({ sessionId: id });
  return `POST /api/sessions/activity HTTP/1.1\r\n${kHost}` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
}

test("pipelined requests are answered in order", async (t) => {
  const { port } = await start_rollcall(t);
  const { responses } = await raw_exchange(port, beat("a") + beat("b") + beat("c"), {
    responses: 3,
  });
  assert.deepEqual(responses.map(({ body }) => JSON.parse(body).online), [1, 2, 3]);
});

test("a request may come byte by byte", async (t) => {
  const { port } = await start_rollcall(t);
  const { responses } = await raw_exchange(port, [...beat("a")], { responses: 1 });
  assert.deepEqual([responses[0].status, responses[0].body], [200, '{"online":1}']);
});

test("what is malformed or too large is refused, and the connection closed", async (t) => {
  const { port } = await start_rollcall(t);
  const get = "GET /api/sessions/online HTTP/1.1\r\n";
  const post = "POST /api/sessions/activity HTTP/1.1\r\n";
  const refused = [
    [400, `${get}${kHost}Name : value\r\n\r\n`],
    [400, `${get}${kHost}One: 1\nTwo: 2\r\n\r\n`],
    [400, `${post}${kHost}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    [400, `${post}${kHost}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    [413, `${post}${kHost}Content-Length: 1000000\r\n\r\n`],
    [431, `${get}${kHost}Long: ${"x".repeat(20_000)}\r\n\r\n`],
  ];
  for (const [status, text] of refused) {
    const { responses, closed } = await raw_exchange(port, text);
    const what = JSON.stringify(text.slice(0, 120));
    assert.deepEqual(responses.map((response) => response.status), [status], what);
    assert.match(JSON.parse(responses[0].body).error.code, /^[a-z_]+$/, what);
    assert.ok(closed, what);
  }
  const { responses } = await raw_exchange(port, beat("a"), { responses: 1 });
  assert.equal(responses[0].body, '{"online":1}', "nobody was counted by what was refused");
});
