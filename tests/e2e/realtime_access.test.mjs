// Who may open a WebSocket, and what for: tokens, Origins, the gateway, --dev.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall, text_file } from "./harness.mjs";
import { kNoSpread, open_socket, refused_handshake } from "./socket.mjs";
import { claims_of, encode, kSecret, seconds_from_now, sign } from "./tokens.mjs";
import { assert_error, call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const kShop = "https://shop.example";
const kConfig = `
[server]
api_keys = ["${kKey}"]
allowed_origins = ["${kShop}"]
[auth]
secret = "${kSecret}"
[realtime]
offline_grace = "0s"
`;

const start = (t, config = kConfig) =>
  start_rollcall(t, {
    dev: false,
    args: ["--threads", "2", "--log-level", "debug"],
    config,
    env: kNoSpread,
  });
const token_of = (sub, more) => sign("HS256", kSecret, claims_of(sub, more));
const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });

test("a token opens a socket from a header, a subprotocol or the query", async (t) => {
  const server = await start(t);
  const token = token_of("ada");
  const by_header = await open_socket(t, server, bearer(token));
  assert.equal(by_header.welcome.user, "ada");
  assert.equal(by_header.ws.protocol, "");
  const protocols = ["rollcall.v1", `bearer.${token}`];
  const by_protocol = await open_socket(t, server, { protocols });
  assert.equal(by_protocol.ws.protocol, "rollcall.v1");
  const by_query = await open_socket(t, server, { query: { access_token: token } });
  const { connections } = (await call(server, "GET", "/api/v1/realtime/users/ada", {
    headers: { "X-API-Key": kKey },
  })).json;
  assert.deepEqual(connections.map(({ id }) => id).sort(),
    [by_header, by_protocol, by_query].map(({ welcome }) => welcome.connection).sort());
  assert.deepEqual(Object.keys(by_query.welcome),
    ["type", "connection", "user", "node", "pingMs"]);
  assert.equal(by_query.welcome.pingMs, 54_000);
  assert.ok(!server.errors().includes(token), "no log has the token");
});

test("every bad token gets the same answer", async (t) => {
  const server = await start(t);
  const bad = {
    garbage: "garbage",
    cut: token_of("ada").slice(0, -1),
    "another secret": sign("HS256", `another ${kSecret}`, claims_of("ada")),
    "alg none": `${encode({ alg: "none" })}.${encode(claims_of("ada"))}.`,
    expired: token_of("ada", { exp: seconds_from_now(-3600) }),
    "no exp": token_of("ada", { exp: undefined }),
    "empty sub": token_of(""),
  };
  const answers = new Set();
  for (const [name, token] of Object.entries(bad)) {
    for (const options of [bearer(token), { query: { access_token: token } }]) {
      const answer = await refused_handshake(server, options);
      assert_error(answer, 401, "invalid_token");
      answers.add(answer.body);
      assert.equal(answer.headers["www-authenticate"], "Bearer", name);
    }
  }
  assert.equal(answers.size, 1);
});

test("without a token, with two, or with a name alone nobody comes in", async (t) => {
  const server = await start(t);
  assert_error(await refused_handshake(server), 401, "token_required");
  assert_error(await refused_handshake(server, { query: { user_id: "ada" } }), 401,
    "token_required");
  assert_error(await refused_handshake(server, { headers: { "X-User-ID": "ada" } }), 401,
    "token_required");
  const twice = { ...bearer(token_of("ada")), query: { access_token: token_of("ada") } };
  assert_error(await refused_handshake(server, twice), 400, "several_tokens");
  const unconfigured = await start(t, "");
  assert_error(await refused_handshake(unconfigured, bearer(token_of("ada"))), 401,
    "token_not_configured");
});

test("a page of another origin is refused before anything else", async (t) => {
  const server = await start(t);
  const from = (Origin) => ({ headers: { Origin, ...bearer(token_of("ada")).headers } });
  for (const origin of ["https://evil.example", `${kShop}.evil.example`, "null",
    "http://shop.example"]) {
    assert_error(await refused_handshake(server, from(origin)), 403, "origin_not_allowed");
  }
  await open_socket(t, server, from(kShop));
  await open_socket(t, server, from(server.url));
});

test("the publish routes need an API key", async (t) => {
  const server = await start(t);
  const routes = [
    ["POST", "/users/ada/messages"], ["POST", "/messages"], ["POST", "/broadcast"],
    ["GET", "/users"], ["GET", "/users/ada"], ["DELETE", "/users/ada/connections"],
  ];
  for (const [method, path] of routes) {
    const url = `/api/v1/realtime${path}`;
    assert_error(await call(server, method, url), 401, "api_key_required");
    assert_error(await call(server, method, url, bearer(token_of("ada"))), 401,
      "api_key_invalid");
  }
});

test("a token says whom its user may watch; none by default", async (t) => {
  const server = await start(t);
  const open = (watch) =>
    open_socket(t, server, bearer(token_of("watcher", watch && { rollcall: { watch } })));
  const allowed = async (watch, user) => {
    const socket = await open(watch);
    socket.send({ type: "rollcall.watch", users: [user] });
    const answer = (await socket.take(({ json }) => json?.type !== "rollcall.welcome")).json;
    if (answer.type === "rollcall.presence_state") return true;
    assert.equal(answer.code, "watch_forbidden");
    return false;
  };
  assert.equal(await allowed(undefined, "ada"), false);
  assert.equal(await allowed(undefined, "watcher"), false);
  assert.equal(await allowed(["ada"], "ada"), true);
  assert.equal(await allowed(["ada"], "adam"), false);
  assert.equal(await allowed(["team-1:*"], "team-1:ada"), true);
  assert.equal(await allowed(["team-1:*"], "team-2:ada"), false);
  assert.equal(await allowed(["*"], "anyone"), true);
});

test("a token's end is told before, and closes with 4401", async (t) => {
  const server = await start(t);
  const watcher = await open_socket(t, server,
    bearer(token_of("watcher", { rollcall: { watch: ["*"] } })));
  await watcher.watch("ada");
  const ada = await open_socket(t, server, bearer(token_of("ada", { exp: seconds_from_now(2) })));
  const notice = await ada.take_type("rollcall.token_expiring");
  assert.ok(notice.expiresInMs > 0 && notice.expiresInMs <= 2000, String(notice.expiresInMs));
  assert.deepEqual(await ada.closed, { code: 4401, reason: "token_expired" });
  const [, event] = await watcher.presence_of("ada", 2);
  assert.equal(event.reason, "token_expired");
});

test("a new token prolongs the stay; another user's or a bad one does not", async (t) => {
  const server = await start(t);
  const exp = seconds_from_now(3);
  const ada = await open_socket(t, server, bearer(token_of("ada", { exp })));
  await ada.take_type("rollcall.token_expiring");
  ada.send({ type: "rollcall.token", token: "garbage" });
  assert.equal((await ada.take_type("rollcall.error")).code, "invalid_token");
  ada.send({ type: "rollcall.token", token: token_of("grace") });
  assert.equal((await ada.take_type("rollcall.error")).code, "other_user");
  ada.send({ type: "rollcall.token", token: token_of("ada", { exp: exp + 2 }) });
  await ada.take_type("rollcall.token_expiring");
  const { code } = await ada.closed;
  assert.equal(code, 4401);
  assert.ok(Date.now() >= (exp + 2) * 1000, "not at the first token's end");
});

test("the gateway names users by its secret", async (t) => {
  const file = text_file(t, "the-secret-of-the-gateway\n", "gateway");
  const server = await start(t, `${kConfig}[gateway]\nsecret_file = "${file}"\n`);
  const named = (secret) => ({
    headers: { "X-User-ID": "ada", ...(secret && { "X-Gateway-Secret": secret }) },
  });
  const socket = await open_socket(t, server, named("the-secret-of-the-gateway"));
  assert.equal(socket.welcome.user, "ada");
  for (const secret of ["wrong", undefined]) {
    assert_error(await refused_handshake(server, named(secret)), 401, "token_required");
  }
});
