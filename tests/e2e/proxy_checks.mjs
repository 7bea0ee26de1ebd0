// What a proxy in front of rollcall has to do, whichever it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kPaths } from "./dashboard_world.mjs";
import { start_rollcall, text_file, wait_for } from "./harness.mjs";
import { kNoSpread, open_socket, protocol_of, refused_handshake } from "./socket.mjs";
import { claims_of, kSecret, sign } from "./tokens.mjs";
import { assert_error, call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const kShop = "https://shop.example";
const kGateway = "the-secret-of-the-gateway";

const token_of = (user) => sign("HS256", kSecret, claims_of(user));
const bearer = (user) => ({ Authorization: `Bearer ${token_of(user)}` });

const start_backend = (t, more = "") => start_rollcall(t, {
  dev: false,
  env: kNoSpread,
  args: ["--threads", "2"],
  config: `[server]
api_keys = ["${kKey}"]
allowed_origins = ["${kShop}"]
trusted_proxies = ["127.0.0.1/32"]
${more}
[auth]
secret = "${kSecret}"
[realtime]
ping = "500ms"
pong_wait = "30s"
`,
});

const sample = async (server, name) => {
  const { body } = await call(server, "GET", "/metrics", { headers: { "X-API-Key": kKey } });
  return Number(body.split("\n").find((line) => line.startsWith(`${name} `)).split(" ").at(-1));
};

// `start`, called with the test and the server, answers {url, host, port, logs()} of a proxy that
// serves; `gone_status` is what it says when the server is gone.
export function check_proxy({ name, start, gone_status }) {
  test(`a WebSocket through ${name}: messages, presence, pings`, async (t) => {
    const server = await start_backend(t);
    const front = await start(t, server);
    const ada = await open_socket(t, front, { headers: bearer("ada") });
    const protocols = ["rollcall.v1", `bearer.${token_of("grace")}`];
    const grace = await open_socket(t, front, { protocols });
    assert.equal(grace.ws.protocol, "rollcall.v1");
    const text = "𝄞 byte for byte ".repeat(5000);
    const answer = await call(front, "POST", "/api/v1/realtime/broadcast", {
      headers: { "X-API-Key": kKey },
      body: text,
    });
    assert.equal(answer.status, 202);
    for (const socket of [ada, grace]) await socket.take((message) => message.text === text);
    await wait_for(async () => (await sample(server, "rollcall_websocket_pings_total")) >= 4);
    assert.equal(ada.ws.readyState, ada.ws.OPEN);
    await call(front, "DELETE", "/api/v1/realtime/users/ada/connections", {
      headers: { "X-API-Key": kKey },
    });
    assert.deepEqual(await ada.closed, { code: 4403, reason: "kicked" });
  });

  test(`the dashboard through ${name}: the page, and what it is told each second`, async (t) => {
    const server = await start_backend(t);
    const front = await start(t, server);
    assert.equal((await call(front, "GET", "/dashboard")).status, 200);
    const as_page = (Origin) => ({ path: kPaths.stream, welcomed: false, headers: { Origin },
      protocols: ["rollcall.v1", protocol_of(kKey)] });
    const socket = await open_socket(t, front, as_page(front.url));
    await socket.take_type("rollcall.history");
    const first = await socket.take_type("rollcall.node");
    const next = await socket.take_type("rollcall.node");
    assert.ok(next.status.uptimeMs > first.status.uptimeMs);
    const { protocols, headers } = as_page("https://evil.example");
    const refused = await refused_handshake(front, { path: kPaths.stream,
      headers: { ...headers, "Sec-WebSocket-Protocol": protocols.join(", ") } });
    assert_error(refused, 403, "origin_not_allowed");
  });

  test(`${name}: beats are limited by the client's address, not by the proxy's`, async (t) => {
    const server = await start_backend(t, "[sessions]\nrate_limit = 1");
    const front = await start(t, server);
    const beat = (from, claimed) => call(front, "POST", "/api/sessions/activity", {
      from,
      body: { sessionId: from },
      headers: claimed ? { "X-Forwarded-For": claimed } : {},
    });
    assert.equal((await beat("127.0.0.2")).status, 200);
    await wait_for(async () => (await beat("127.0.0.2")).status === 429);
    assert.equal((await beat("127.0.0.3")).status, 200, "another client has its own allowance");
    let claims = 0;
    const another = () => `192.0.${++claims >> 8}.${claims & 255}`;
    await wait_for(async () => (await beat("127.0.0.3", another())).status === 429,
      { what: "the limit of a client that claims to be another each time" });
  });

  test(`${name}: Origins are checked as the client sees them`, async (t) => {
    const server = await start_backend(t);
    const front = await start(t, server);
    const from = (Origin) => ({ headers: { Origin, ...bearer("ada") } });
    await open_socket(t, front, from(front.url));
    await open_socket(t, front, from(kShop));
    for (const origin of ["https://evil.example", server.url]) {
      assert_error(await refused_handshake(front, from(origin)), 403, "origin_not_allowed");
    }
    const page = await call(front, "POST", "/api/sessions/activity", {
      body: { sessionId: "a" },
      headers: { Origin: "https://evil.example" },
    });
    assert_error(page, 403, "origin_not_allowed");
  });

  test(`${name}: no token is logged, not even when the server is gone`, async (t) => {
    const server = await start_backend(t);
    const front = await start(t, server);
    const token = token_of("ada");
    const query = { access_token: token };
    const socket = await open_socket(t, front, { query });
    await socket.close();
    await wait_for(() => front.logs().includes("GET /api/v1/realtime/ws"));
    await server.stop();
    assert.equal((await refused_handshake(front, { query })).status, gone_status);
    await wait_for(() => front.logs().includes(` ${gone_status} `));
    for (const log of [front.logs(), server.errors()]) {
      assert.ok(!log.includes(token.slice(0, 20)) && !log.includes("access_token="), log);
    }
  });

  test(`${name}: no user is named by a header, and no metric public`, async (t) => {
    const server = await start_backend(t, `[gateway]\nsecret_file = "${text_file(t, kGateway)}"`);
    const headers = { "X-User-ID": "ada", "X-Gateway-Secret": kGateway };
    const direct = await open_socket(t, server, { headers });
    assert.equal(direct.welcome.user, "ada");
    const front = await start(t, server);
    assert_error(await refused_handshake(front, { headers }), 401, "token_required");
    const metrics = await call(front, "GET", "/metrics", { headers: { "X-API-Key": kKey } });
    assert.equal(metrics.status, 404);
  });
}
