// UTF-8 in text messages, as the public conformance suites test it in group 6 (RFC 6455, 8.1).
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { expect_events, fragments, frame, open_socket, pieces } from "./websocket_wire.mjs";

const start = (t) => start_rollcall(t, { args: ["--echo"] });
const kGreek = "κόσμε";
const kBytes = (hex) => Buffer.from(hex.replaceAll(" ", ""), "hex");

const kValid = [
  "48 65 6c 6c 6f", "ce ba e1 bd b9 cf 83 ce bc ce b5",
  "00", "c2 80", "e0 a0 80", "f0 90 80 80", // the first of each length
  "7f", "df bf", "ef bf bf", "f4 8f bf bf", // the last
  "ed 9f bf", "ee 80 80", "ef bf bd", "ef bf be", "f0 9f bf be", "f3 af bf bf",
];
const kInvalid = [
  "ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64", "f8 88 80 80 80", "fc 84 80 80 80 80",
  "f7 bf bf bf", "fb bf bf bf bf", "fd bf bf bf bf bf", "f4 90 80 80",
  "80", "bf", "80 bf", "80 bf 80 bf 80 bf", // continuations of nothing
  "c0 20 c1 20", "e0 20 ef 20", "f0 20 f7 20", // the beginning alone
  "c0", "e0 80", "f0 80 80", "df", "ef bf", "f7 bf bf", // the end missing
  "fe", "ff", "fe fe ff ff",
  "c0 af", "e0 80 af", "f0 80 80 af", "c1 bf", "e0 9f bf", "f0 8f bf bf", "c0 80", // overlong
  "ed a0 80", "ed ad bf", "ed ae 80", "ed af bf", "ed b0 80", "ed be 80", "ed bf bf", // surrogates
  "ed a0 80 ed b0 80", "ed af bf ed bf bf",
];

test("valid text comes back, whole, in fragments, and byte by byte", async (t) => {
  const server = await start(t);
  for (const hex of kValid) {
    const bytes = kBytes(hex);
    const expected = [["text", bytes.toString("utf8")]];
    await expect_events(t, server, frame("text", bytes), expected);
    await expect_events(t, server, fragments("text", bytes, 1), expected);
    await expect_events(t, server, pieces(frame("text", bytes), 1), expected);
  }
});

test("invalid text is refused with 1007, whole, in fragments, and byte by byte", async (t) => {
  const server = await start(t);
  for (const hex of kInvalid) {
    const bytes = kBytes(hex);
    const refused = { fails: 1007 };
    await expect_events(t, server, frame("text", bytes), [], refused);
    await expect_events(t, server, fragments("text", bytes, 1), [], refused);
    await expect_events(t, server, pieces(frame("text", bytes), 1), [], refused);
    await expect_events(t, server, frame("binary", bytes), [["binary", bytes]]);
  }
});

test("broken text is refused at its first bad byte, before the rest comes", async (t) => {
  const server = await start(t);
  const bad = Buffer.concat([Buffer.from(kGreek), kBytes("f4 90 80 80")]);
  const all = Buffer.concat([bad, Buffer.from(" edited")]);
  const by_fragment = fragments("text", all, Buffer.byteLength(kGreek) + 4).slice(0, 1);
  const by_octet = frame("text", all).subarray(0, 6 + Buffer.byteLength(kGreek) + 2);
  for (const begun of [by_fragment, by_octet]) {
    const socket = await open_socket(t, server);
    socket.send(begun);
    assert.deepEqual(await socket.rest(), [["close", 1007]]);
  }
});
