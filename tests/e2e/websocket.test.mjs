// The opening handshake (RFC 6455, 4.2), an ordinary client library, and TLS.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import WebSocket from "ws";
import { start_rollcall, temporary_folder, wait_for } from "./harness.mjs";
import { assert_error, call, raw_exchange } from "./wire.mjs";
import { frame, handshake, open_socket } from "./websocket_wire.mjs";

const start = (t) => start_rollcall(t, { args: ["--echo"] });

function certificate(t) {
  const folder = temporary_folder(t);
  const [key, file] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout",
    key, "-out", file], { stdio: "pipe" });
  return `[server.tls]\ncertificate_file = "${file}"\nprivate_key_file = "${key}"\n`;
}

test("/echo is there under --echo only", async (t) => {
  const server = await start_rollcall(t);
  const { responses } = await raw_exchange(server.port, handshake("/echo"), { responses: 1 });
  assert_error(responses[0], 404, "not_found");
});

test("handshakes that are not right are told why", async (t) => {
  const server = await start(t);
  const answer = async (headers) => {
    const { responses } = await raw_exchange(server.port, handshake("/echo", headers),
      { responses: 1 });
    return { ...responses[0] };
  };
  for (const headers of [{ Upgrade: null }, { Upgrade: "h2c" }, { Connection: "close" }]) {
    const refused = await answer(headers);
    assert_error(refused, 426, "upgrade_required");
    assert.equal(refused.headers.upgrade, "websocket");
  }
  for (const version of [null, "8", "14"]) {
    const refused = await answer({ "Sec-WebSocket-Version": version });
    assert_error(refused, 426, "unsupported_version");
    assert.equal(refused.headers["sec-websocket-version"], "13");
  }
  for (const key of [null, "", "c2hvcnQ=", "x".repeat(24)]) {
    assert_error(await answer({ "Sec-WebSocket-Key": key }), 400, "bad_handshake");
  }
  assert_error(await answer({ Origin: "https://evil.example" }), 403);
  assert_error(await call(server, "POST", "/echo"), 405, "method_not_allowed");
  assert_error(await call(server, "GET", "/echo"), 426, "upgrade_required");
});

test("a refused handshake leaves the connection to HTTP", async (t) => {
  const server = await start(t);
  const bad = handshake("/echo", { "Sec-WebSocket-Version": "8" });
  const { responses } = await raw_exchange(server.port, bad + bad, { responses: 2 });
  assert.deepEqual(responses.map(({ status }) => status), [426, 426]);
});

test("requests before the handshake are answered before it", async (t) => {
  const server = await start(t);
  const request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const parts = request + handshake("/echo") + frame("text", "hi").toString("latin1");
  const { responses, rest } = await raw_exchange(server.port, parts, { responses: 2 });
  assert.deepEqual(responses.map(({ status }) => status), [200, 101]);
  assert.equal(responses[1].headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assert.ok(rest.length === 0 || rest.toString("latin1") === "\x81\x02hi");
});

test("the subprotocol is echoed when offered, and no extension is", async (t) => {
  const server = await start(t);
  const plain = await open_socket(t, server);
  assert.doesNotMatch(plain.head, /-protocol:|extension/i);
  const headers = { "Sec-WebSocket-Protocol": "other, rollcall.v1",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
  const socket = await open_socket(t, server, { headers });
  assert.match(socket.head, /Sec-WebSocket-Protocol: rollcall\.v1(\r\n|$)/);
  assert.doesNotMatch(socket.head, /extension/i);
  plain.socket.destroy();
  socket.socket.destroy();
});

test("a WebSocket counts among the connections", async (t) => {
  const server = await start_rollcall(t, {
    args: ["--echo"], config: "[server]\nconnections_per_address = 1\n",
  });
  const socket = await open_socket(t, server);
  const status = () => call(server, "GET", "/healthz").then((answer) => answer.status, () => 0);
  assert.equal(await status(), 429);
  socket.socket.destroy();
  await wait_for(async () => (await status()) === 200, { what: "the place of the one that went" });
});

for (const scheme of ["ws", "wss"]) {
  test(`an ordinary client talks over ${scheme}`, async (t) => {
    const config = scheme === "wss" ? certificate(t) : "";
    const server = await start_rollcall(t, { args: ["--echo"], config });
    const client = new WebSocket(`${scheme}://localhost:${server.port}/echo`, ["rollcall.v1"], {
      rejectUnauthorized: false, maxPayload: 32 * 1024 * 1024,
    });
    t.after(() => client.terminate());
    await once(client, "open");
    assert.equal(client.protocol, "rollcall.v1");
    const large = Buffer.alloc(5_000_000, "x");
    for (const sent of ["hello", "κόσμε", "", large]) {
      client.send(sent);
      const [came, is_binary] = await once(client, "message");
      assert.equal(is_binary, sent === large);
      assert.ok(came.equals(Buffer.from(sent)));
    }
    client.ping("beat");
    assert.equal(String((await once(client, "pong"))[0]), "beat");
    client.close(4001, "done");
    const [code] = await once(client, "close");
    assert.equal(code, 4001);
  });
}

test("frames in single bytes come back over TLS", async (t) => {
  const server = await start_rollcall(t, { args: ["--echo"], config: certificate(t) });
  const socket = await open_socket(t, server, { tls: true });
  for (const byte of frame("text", "one by one")) socket.send(Buffer.from([byte]));
  assert.deepEqual(await socket.next(), ["text", "one by one"]);
  socket.socket.destroy();
});
