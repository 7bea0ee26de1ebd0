// Frames, as the public conformance suites test them in groups 1 to 5: messages of all sizes,
// pings and pongs, reserved bits, opcodes, fragmentation (RFC 6455, 5).
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { expect_events, fragments, frame, open_socket, pieces } from "./websocket_wire.mjs";

const start = (t) => start_rollcall(t, { args: ["--echo"] });
const pong = (text) => ["pong", Buffer.from(text)];
const kProtocolError = { fails: 1002 };

test("text and binary of every length come back as they were", async (t) => {
  const server = await start(t);
  for (const size of [0, 1, 125, 126, 127, 128, 65535, 65536, 100_000]) {
    const text = "*".repeat(size);
    const bytes = Buffer.alloc(size, 0xfe);
    await expect_events(t, server, frame("text", text), [["text", text]]);
    await expect_events(t, server, frame("binary", bytes), [["binary", bytes]]);
    await expect_events(t, server, pieces(frame("text", text), 997), [["text", text]]);
    await expect_events(t, server, pieces(frame("binary", bytes), 997), [["binary", bytes]]);
  }
});

test("pings are answered in order, pongs are not", async (t) => {
  const server = await start(t);
  const long = Buffer.alloc(125, 0xfe);
  await expect_events(t, server, frame("ping"), [pong("")]);
  await expect_events(t, server, frame("ping", "Hello, world!"), [pong("Hello, world!")]);
  await expect_events(t, server, frame("ping", long), [["pong", long]]);
  await expect_events(t, server, pieces(frame("ping", long), 1), [["pong", long]]);
  await expect_events(t, server, frame("pong", "unsolicited"), []);
  await expect_events(t, server, [frame("pong", "x"), frame("ping", "y")], [pong("y")]);
  const ten = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
  const pings = Buffer.concat(ten.map((text) => frame("ping", text)));
  await expect_events(t, server, pings, ten.map(pong));
  await expect_events(t, server, pieces(pings, 1), ten.map(pong));
});

test("control frames are short and whole", async (t) => {
  const server = await start(t);
  const too_long = Buffer.alloc(126, 0xfe);
  for (const kind of ["ping", "pong", "close"]) {
    await expect_events(t, server, frame(kind, too_long), [], kProtocolError);
    await expect_events(t, server, frame(kind, "x", { fin: false }), [], kProtocolError);
  }
});

test("reserved bits are refused, behind what is answered", async (t) => {
  const server = await start(t);
  for (let rsv = 1; rsv <= 7; ++rsv) {
    for (const kind of ["text", "binary", "ping", "pong", "close"]) {
      await expect_events(t, server, frame(kind, "x", { rsv }), [], kProtocolError);
    }
    const parts = [frame("text", "first"), frame("text", "second", { rsv }), frame("ping")];
    await expect_events(t, server, parts, [["text", "first"]], kProtocolError);
    const cut = pieces(Buffer.concat(parts), 1);
    await expect_events(t, server, cut, [["text", "first"]], kProtocolError);
  }
});

test("unknown opcodes are refused, behind what is answered", async (t) => {
  const server = await start(t);
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    await expect_events(t, server, frame(opcode), [], kProtocolError);
    await expect_events(t, server, frame(opcode, "payload"), [], kProtocolError);
    const parts = [frame("text", "first"), frame(opcode, "payload"), frame("ping")];
    await expect_events(t, server, parts, [["text", "first"]], kProtocolError);
  }
});

test("a client masks its frames, and says lengths in their shortest form", async (t) => {
  const server = await start(t);
  await expect_events(t, server, frame("text", "x", { masked: false }), [], kProtocolError);
  await expect_events(t, server, frame("close", "", { masked: false }), [], kProtocolError);
  for (const hex of ["81fe007d01020304", "81ff000000000000ffff01020304",
    "82ff800000000000000001020304"]) {
    await expect_events(t, server, Buffer.from(hex, "hex"), [], kProtocolError);
  }
});

test("messages in fragments, with control frames in between", async (t) => {
  const server = await start(t);
  const [first, second] = fragments("text", "fragment1fragment2", 9);
  const whole = ["text", "fragment1fragment2"];
  await expect_events(t, server, [first, second], [whole]);
  await expect_events(t, server, [first, frame("ping", "between"), second],
    [pong("between"), whole]);
  await expect_events(t, server, [first, frame("pong"), second], [whole]);
  const cut = pieces(Buffer.concat([first, frame("ping", "between"), second]), 1);
  await expect_events(t, server, cut, [pong("between"), whole]);
  const five = fragments("text", "fragment1fragment2fragment3fragment4fragment5", 9);
  const parts = [five[0], five[1], frame("ping", "a"), five[2], five[3], frame("ping", "b"),
    five[4]];
  await expect_events(t, server, parts,
    [pong("a"), pong("b"), ["text", "fragment1fragment2fragment3fragment4fragment5"]]);
  for (const kind of ["text", "binary"]) {
    const empty = [frame(kind, "", { fin: false }), frame("continuation", "", { fin: false }),
      frame("continuation")];
    await expect_events(t, server, empty, [[kind, kind === "text" ? "" : Buffer.alloc(0)]]);
  }
});

test("fragments in a wrong order are refused", async (t) => {
  const server = await start(t);
  const begin = frame("text", "fragment1", { fin: false });
  for (const fin of [true, false]) {
    const stray = frame("continuation", "nothing to continue", { fin });
    await expect_events(t, server, [stray, frame("text", "x")], [], kProtocolError);
    await expect_events(t, server, [begin, frame("continuation", "2"), stray],
      [["text", "fragment12"]], kProtocolError);
  }
  for (const fin of [true, false]) {
    await expect_events(t, server, [begin, frame("text", "fragment2", { fin })], [],
      kProtocolError);
    await expect_events(t, server, [begin, frame("binary", "fragment2", { fin })], [],
      kProtocolError);
  }
});

test("what comes with the handshake is read, and several messages at once", async (t) => {
  const server = await start(t);
  const many = Array.from({ length: 1000 }, (_, i) => `message ${i}`);
  const behind = Buffer.concat(many.map((text) => frame("text", text)));
  const socket = await open_socket(t, server, { behind });
  for (const text of many) assert.deepEqual(await socket.next(), ["text", text]);
  socket.socket.destroy();
});
