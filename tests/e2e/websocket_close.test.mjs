// The end of a WebSocket, as the public conformance suites test it in group 7 (RFC 6455, 5.5.1
// and 7).
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { close_frame, expect_events, fragments, frame, open_socket } from "./websocket_wire.mjs";

const start = (t) => start_rollcall(t, { args: ["--echo"] });

test("a close is answered behind the messages before it, and ends the stream", async (t) => {
  const server = await start(t);
  await expect_events(t, server, frame("text", "Hello"), [["text", "Hello"]]);
  const long = "Hello".repeat(50_000);
  await expect_events(t, server, frame("text", long), [["text", long]]);
});

test("nothing is answered behind a close", async (t) => {
  const server = await start(t);
  const [, second] = fragments("text", "fragment1fragment2", 9);
  for (const behind of [close_frame(1000), frame("ping"), frame("text", "x"), second]) {
    const socket = await open_socket(t, server);
    socket.send(close_frame(1000), behind);
    assert.deepEqual(await socket.rest(), [["close", 1000]]);
  }
});

test("a close between fragments drops them", async (t) => {
  const server = await start(t);
  await expect_events(t, server, frame("text", "fragment1", { fin: false }), []);
});

test("a close may have no code, and a reason of up to 123 bytes", async (t) => {
  const server = await start(t);
  const answer = async (bytes) => {
    const socket = await open_socket(t, server);
    socket.send(bytes);
    return socket.rest();
  };
  assert.deepEqual(await answer(frame("close")), [["close", null]]);
  assert.deepEqual(await answer(frame("close", "x")), [["close", 1002]]);
  assert.deepEqual(await answer(close_frame(1000, "*".repeat(123))), [["close", 1000]]);
  assert.deepEqual(await answer(close_frame(1000, "*".repeat(124))), [["close", 1002]]);
  const broken = Buffer.from("cebae1bdb9cf83cebcceb5eda080656469746564", "hex");
  assert.deepEqual(await answer(close_frame(1000, broken)), [["close", 1007]]);
});

test("close codes that may be sent come back, others are refused", async (t) => {
  const server = await start(t);
  const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
  const invalid = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];
  for (const code of [...valid, ...invalid]) {
    const socket = await open_socket(t, server);
    socket.send(close_frame(code, "reason"));
    const expected = valid.includes(code) ? code : 1002;
    assert.deepEqual(await socket.rest(), [["close", expected]], `${code}`);
  }
});

test("a client that ends its stream without a close is let go", async (t) => {
  const server = await start(t);
  const socket = await open_socket(t, server);
  socket.send(frame("text", "last"));
  socket.socket.end();
  assert.deepEqual(await socket.rest(), [["text", "last"]]);
});

test("a failure says why", async (t) => {
  const server = await start(t);
  const socket = await open_socket(t, server);
  socket.send(frame("text", Buffer.from([0xff])));
  assert.deepEqual(await socket.rest(), [["close", 1007]]);
  assert.equal(socket.reason(), "invalid_utf8");
});
