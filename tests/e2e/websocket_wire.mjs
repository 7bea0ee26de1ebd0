// WebSocket as bytes (RFC 6455), for what no library would send.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { connect as connect_tls } from "node:tls";

const kBoundMs = 20_000;
const kOpcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const kNames = Object.fromEntries(Object.entries(kOpcodes).map(([name, code]) => [code, name]));
const kUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function header(first, length, masked) {
  const mask = masked ? 0x80 : 0;
  if (length < 126) return Buffer.from([first, mask | length]);
  const bytes = Buffer.alloc(length < 65536 ? 4 : 10);
  bytes[0] = first;
  bytes[1] = mask | (length < 65536 ? 126 : 127);
  if (length < 65536) bytes.writeUInt16BE(length, 2);
  else bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

function apply_mask(payload, key) {
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; ++i) masked[i] ^= key[i & 3];
  return masked;
}

// A client's frame. `kind` is a name as above, "continuation", or an opcode.
export function frame(kind, payload = "", { fin = true, rsv = 0, masked = true } = {}) {
  const opcode = typeof kind === "number" ? kind : kOpcodes[kind] ?? 0;
  const bytes = Buffer.from(payload);
  const start = header((fin ? 0x80 : 0) | (rsv << 4) | opcode, bytes.length, masked);
  if (!masked) return Buffer.concat([start, bytes]);
  const key = randomBytes(4);
  return Buffer.concat([start, key, apply_mask(bytes, key)]);
}

export function close_frame(code, reason = "") {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return frame("close", Buffer.concat([bytes, Buffer.from(reason)]));
}

// One message in frames of `size` bytes.
export function fragments(kind, payload, size) {
  const bytes = Buffer.from(payload);
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) =>
    frame(i === 0 ? kind : "continuation", bytes.subarray(i * size, (i + 1) * size), {
      fin: i === count - 1,
    }));
}

export function pieces(bytes, size) {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

// The first event in the bytes, and what stands behind it; nothing while it is incomplete.
function parse_event(bytes) {
  if (bytes.length < 2) return null;
  assert.equal(bytes[1] & 0x80, 0, "a server's frame is masked");
  assert.equal(bytes[0] & 0xf0, 0x80, "a server's frame is cut, or has a reserved bit");
  const short = bytes[1];
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return null;
  const length = short < 126 ? short
    : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  assert.ok(length >= (start === 10 ? 65536 : start === 4 ? 126 : 0), "not the shortest length");
  if (bytes.length < start + length) return null;
  const payload = bytes.subarray(start, start + length);
  const kind = kNames[bytes[0] & 0x0f];
  const rest = bytes.subarray(start + length);
  if (kind === "text") return { event: [kind, kUtf8.decode(payload)], rest };
  if (kind !== "close") return { event: [kind, Buffer.from(payload)], rest };
  const code = payload.length >= 2 ? payload.readUInt16BE() : null;
  return { event: [kind, code], reason: kUtf8.decode(payload.subarray(2)), rest };
}

const kHandshake = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

export function handshake(path, headers = {}) {
  const lines = Object.entries({ Host: "localhost", ...kHandshake, ...headers })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

// An open WebSocket: {send(bytes...), next(), rest(), reason(), socket}. next() resolves to
// ["text", string], ["binary" | "ping" | "pong", bytes], ["close", code or null] or ["end"].
export async function open_socket(t, server, options = {}) {
  const { path = "/echo", headers, tls = false, behind = "" } = options;
  const target = { port: server.port, host: "127.0.0.1", noDelay: true };
  const socket = tls ? connect_tls({ ...target, rejectUnauthorized: false }) : connect(target);
  t.after(() => socket.destroy());
  let chunks = [];
  let size = 0;
  let needed = 0;
  let ended = false;
  let wake = () => {};
  let last_reason = "";
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= needed) wake();
  });
  const finish = () => ((ended = true), wake());
  socket.on("end", finish).on("error", finish).on("close", finish);

  function take(parse) {
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size);
    const taken = parse(bytes);
    chunks = [taken ? taken.rest : bytes];
    size = chunks[0].length;
    needed = taken || size < 10 ? 0 : frame_end(chunks[0]);
    return taken;
  }
  async function first(parse) {
    const end = Date.now() + kBoundMs;
    for (;;) {
      const taken = take(parse);
      if (taken || ended) return taken;
      const left = end - Date.now();
      if (left <= 0) throw new Error(`nothing more came; ${size} bytes wait`);
      let timer;
      await new Promise((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  socket.write(Buffer.concat([Buffer.from(handshake(path, headers)), Buffer.from(behind)]));
  const head = await first((bytes) => {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return null;
    return { text: bytes.toString("latin1", 0, end), rest: bytes.subarray(end + 4) };
  });
  assert.match(head?.text ?? "nothing", /^HTTP\/1\.1 101 /);

  async function next() {
    const taken = await first(parse_event);
    if (!taken) return ["end"];
    last_reason = taken.reason ?? last_reason;
    return taken.event;
  }
  return {
    socket,
    head: head.text,
    send: (...parts) => parts.flat(Infinity).forEach((part) => socket.write(part)),
    next,
    reason: () => last_reason,
    // All that is still to come, until the server ends the stream.
    async rest() {
      const events = [];
      for (;;) {
        const event = await next();
        if (event[0] === "end") return events;
        events.push(event);
      }
    },
  };
}

// How many bytes the frame at the front takes, as far as its header tells.
function frame_end(bytes) {
  if (bytes[1] < 126) return 2 + bytes[1];
  if (bytes[1] === 126) return 4 + bytes.readUInt16BE(2);
  return 10 + Number(bytes.readBigUInt64BE(2));
}

// Sends the parts on a connection of its own, then a close; what came until the end must be
// `expected` and the close. `fails` is the code that the server must close with instead.
export async function expect_events(t, server, parts, expected, { fails, ...options } = {}) {
  const socket = await open_socket(t, server, options);
  socket.send(parts);
  if (fails === undefined) socket.send(close_frame(1000));
  assert.deepEqual(await socket.rest(), [...expected, ["close", fails ?? 1000]]);
  socket.socket.destroy();
}
