// connect() in Node, against the real server.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { start_rollcall } from "../../../tests/e2e/harness.mjs";
import { kNoSpread } from "../../../tests/e2e/socket.mjs";
import { seconds_from_now } from "../../../tests/e2e/tokens.mjs";
import { start_proxy } from "../../../tests/e2e/tcp_proxy.mjs";
import { call } from "../../../tests/e2e/wire.mjs";
import { kNoDev, kTokenConfig, open_connection, reaches, state_with, token_of }
  from "./socket_fixture.mjs";
import { until } from "./until.mjs";

const kKey = "0123456789abcdef0123456789abcdef";
const kKeyed = { dev: false, config: `[server]\napi_keys = ["${kKey}"]\n${kTokenConfig}` };
const kUsers = "/api/v1/realtime/users";
const as_backend = { "X-API-Key": kKey };
const publish = (server, user, body, more = {}) => call(server, "POST",
  `${kUsers}/${user}/messages`, { headers: { ...as_backend, ...more }, body });

describe("connect() in Node", { concurrency: 3 }, () => {
  test("a user is welcome, and hears what the application says", async (t) => {
    const server = await start_rollcall(t, kKeyed);
    const { connection, states, messages } = open_connection(t, server);
    assert.equal(connection.state, "connecting");
    await reaches(connection, "open");
    assert.equal(connection.user, "ada");
    assert.deepEqual(states, [{ state: "connecting" }, { state: "open" }]);

    await publish(server, "ada", '{"type":"tea"}');
    await publish(server, "ada", Buffer.from([1, 2, 255]),
      { "Content-Type": "application/octet-stream" });
    await until(() => messages.length === 2);
    assert.equal(messages[0], '{"type":"tea"}');
    assert.deepEqual([...new Uint8Array(messages[1])], [1, 2, 255]);
    connection.close();
    assert.deepEqual(states.at(-1), { state: "closed", code: 1000, reason: "closed" });
  });

  test("who is watched is known, and stays known over a restart", async (t) => {
    let server = await start_rollcall(t, kNoDev);
    const { port } = server;
    const ada = open_connection(t, server);
    ada.connection.watch(["grace", "alan"]);
    await until(() => ada.changes.length === 2);
    assert.deepEqual(ada.changes.splice(0).sort(), ["alan offline", "grace offline"]);
    const grace = open_connection(t, server, { user: "grace" });
    await until(() => ada.changes.includes("grace online"));
    grace.connection.setStatus("away");
    await until(() => ada.changes.includes("grace away"));
    ada.changes.splice(0);

    await server.stop();
    const waiting = await state_with(ada.states, ({ state }) => state === "waiting", "a loss");
    assert.equal(waiting.code, 1001);
    assert.match(waiting.reason, /^\{"reconnectMs":\d+\}$/);
    assert.equal(waiting.retryInMs, JSON.parse(waiting.reason).reconnectMs);
    const alan = open_connection(t, { url: server.url }, { user: "alan" });
    server = await start_rollcall(t, { ...kNoDev, port });
    await until(() => ada.connection.presence.get("grace") === "away"
      && ada.connection.presence.get("alan") === "online"
      && ada.connection.state === "open", "what was missed is known");
    alan.connection.close();
    await until(() => ada.changes.at(-1) === "alan offline");
  });

  test("of those who are watched only the forbidden are refused", async (t) => {
    const server = await start_rollcall(t, kNoDev);
    const rollcall = { watch: ["team-*"] };
    const { connection, errors } = open_connection(t, server,
      { token: async () => token_of("ada", { rollcall }) });
    connection.watch(["team-a", "boss", "team-b"]);
    await until(() => connection.presence.size === 2 && errors.length === 1);
    assert.deepEqual([...connection.presence.keys()].sort(), ["team-a", "team-b"]);
    assert.deepEqual([errors[0].code, errors[0].users], ["watch_forbidden", ["boss"]]);
  });

  test("of too many users as many are watched as fit, and of bad ids none", async (t) => {
    const config = `${kTokenConfig}watched_users = 300\n`;
    const server = await start_rollcall(t, { dev: false, config });
    const { connection, errors } = open_connection(t, server);
    const users = Array.from({ length: 1_200 }, (_, i) => `user-${i}`);
    connection.watch(["", ...users]);
    await until(() => connection.presence.size === 300 && errors.length === 2);
    assert.deepEqual(errors.map(({ code, users: refused }) => [code, refused.length]),
      [["invalid_id", 1], ["watch_limit", 900]]);
    assert.deepEqual(errors[1].users, users.slice(300));
  });

  test("a token is renewed before it ends, and the connection stays", async (t) => {
    const server = await start_rollcall(t, kNoDev);
    let asked = 0;
    const lives_s = [6, 600];
    const token = async () => {
      if (++asked === 2) throw new Error("the application is busy");
      return token_of("ada", { exp: seconds_from_now(lives_s[Math.min(asked, 2) - 1]) });
    };
    const { connection, states, errors } = open_connection(t, server, { token });
    await until(() => asked === 3, "a second try for a new token");
    assert.deepEqual(errors.map(({ code }) => code), ["token_failed"]);
    const end = Date.now() + 6_000;
    await until(() => Date.now() > end, "the first token's end");
    assert.equal(connection.state, "open");
    assert.equal(states.length, 2, "never closed");
  });

  test("a refused token is replaced once by a fresh one, then it is over", async (t) => {
    const server = await start_rollcall(t, kNoDev);
    let asked = 0;
    const refused = open_connection(t, server, { token: async () => `bad-${++asked}` });
    await reaches(refused.connection, "closed");
    assert.equal(asked, 2);
    assert.deepEqual(refused.states.at(-1),
      { state: "closed", code: 4401, reason: "token_refused" });

    const mended = open_connection(t, server,
      { token: async () => (++asked === 3 ? "bad" : token_of("ada")) });
    await reaches(mended.connection, "open");
    assert.equal(asked, 4);
  });

  test("a failing token endpoint is asked again", async (t) => {
    const server = await start_rollcall(t, kNoDev);
    const answers = [() => Promise.reject(new Error("busy")), async () => "", undefined];
    const token = () => (answers.shift() ?? (async () => token_of("ada")))();
    const { connection, states } = open_connection(t, server, { token });
    await reaches(connection, "open");
    const reasons = states.filter(({ state }) => state === "waiting").map(({ reason }) => reason);
    assert.deepEqual(reasons, ["Error: busy", "Error: no token"]);
  });

  test("who is disconnected on purpose does not come back", async (t) => {
    const server = await start_rollcall(t, kKeyed);
    const { connection, states } = open_connection(t, server);
    await reaches(connection, "open");
    await call(server, "DELETE", `${kUsers}/ada/connections`, { headers: as_backend });
    await reaches(connection, "closed");
    assert.deepEqual(states.at(-1), { state: "closed", code: 4403, reason: "kicked" });
  });

  test("a user with too many connections waits for another to end", async (t) => {
    const config = `${kTokenConfig}connections_per_user = 1\n`;
    const server = await start_rollcall(t, { dev: false, config });
    await reaches(open_connection(t, server).connection, "open");
    const second = open_connection(t, server);
    const waiting = await state_with(second.states, ({ state }) => state === "waiting",
      "a refusal");
    assert.equal(waiting.code, 4429);
    assert.ok(waiting.retryInMs >= 30_000, `not at once: ${waiting.retryInMs}`);
  });

  test("a network that swallows everything is noticed, and left", async (t) => {
    const server = await start_rollcall(t, { dev: false, config: `${kTokenConfig}ping = "1s"\n` });
    const proxy = await start_proxy(t, server.port);
    const { connection, states } = open_connection(t, server,
      { url: `http://127.0.0.1:${proxy.port}` });
    await reaches(connection, "open");
    proxy.hang();
    const waiting = await state_with(states, ({ state }) => state === "waiting", "the silence");
    assert.equal(waiting.code, 1006);
    proxy.restore();
    await reaches(connection, "open");
  });

  test("--dev takes a name in the query, and no token", async (t) => {
    const server = await start_rollcall(t, { env: kNoSpread });
    const { connection } = open_connection(t, server,
      { url: `${server.url}?user_id=linus`, token: null });
    await reaches(connection, "open");
    assert.equal(connection.user, "linus");
  });
});
