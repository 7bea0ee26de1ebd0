// Large and many messages, as the public conformance suites test them in groups 9 and 10.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { expect_events, fragments, frame, open_socket, pieces } from "./websocket_wire.mjs";

const kMiB = 1024 * 1024;
const start = (t) => start_rollcall(t, { args: ["--echo"] });

async function expect_echo(t, server, kind, bytes, parts) {
  const socket = await open_socket(t, server);
  socket.send(parts);
  const [came, payload] = await socket.next();
  assert.equal(came, kind);
  assert.ok(Buffer.from(payload).equals(bytes), `${kind} of ${bytes.length}`);
  socket.socket.destroy();
}

test("messages of up to 16 MiB come back", async (t) => {
  const server = await start(t);
  for (const size of [65536, 262144, kMiB, 4 * kMiB, 8 * kMiB, 16 * kMiB]) {
    const bytes = Buffer.alloc(size, "*");
    await expect_echo(t, server, "text", bytes, frame("text", bytes));
    await expect_echo(t, server, "binary", bytes, frame("binary", bytes));
  }
});

test("4 MiB in fragments of every size come back", async (t) => {
  const server = await start(t);
  const bytes = Buffer.alloc(4 * kMiB, "*");
  for (const size of [64, 256, 1024, 4096, 16384, 65536, 262144, kMiB, 4 * kMiB]) {
    const message = Buffer.concat(fragments("text", bytes, size));
    await expect_echo(t, server, "text", bytes, message);
  }
});

test("1 MiB in small writes comes back", async (t) => {
  const server = await start(t);
  const bytes = Buffer.alloc(kMiB, "*");
  for (const size of [64, 128, 256, 512, 1024, 2048]) {
    await expect_echo(t, server, "binary", bytes, pieces(frame("binary", bytes), size));
  }
});

test("a thousand messages of every size are answered one by one", async (t) => {
  const server = await start(t);
  for (const size of [0, 16, 64, 256, 1024, 4096]) {
    const socket = await open_socket(t, server);
    const text = "*".repeat(size);
    const message = frame("text", text);
    for (let i = 0; i < 1000; ++i) {
      socket.send(message);
      assert.deepEqual(await socket.next(), ["text", text]);
    }
    socket.socket.destroy();
  }
});

test("65536 bytes in fragments of 1300 come back as one", async (t) => {
  const server = await start(t);
  const text = "*".repeat(65536);
  await expect_events(t, server, fragments("text", text, 1300), [["text", text]]);
});

test("a message over the limit is refused by its header", async (t) => {
  const server = await start(t);
  const socket = await open_socket(t, server);
  socket.send(Buffer.from("82ff00000000020000008000000000", "hex").subarray(0, 14));
  assert.deepEqual(await socket.rest(), [["close", 1009]]);
  assert.equal(socket.reason(), "message_too_big");
});
