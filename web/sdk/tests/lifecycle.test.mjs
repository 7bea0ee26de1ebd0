// What connect() does at awkward moments, with a WebSocket and a clock that do as they are told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { set_global } from "./fake_browser.mjs";
import { fix_random, start_fake_clock } from "./fake_clock.mjs";
import { load } from "./modules.mjs";

const { connect } = await load("connection");

const kWelcome = { type: "rollcall.welcome", connection: "1", user: "ada", node: "n",
  pingMs: 54_000 };

function set_up(t) {
  const clock = start_fake_clock(t);
  fix_random(t, 0.5);
  const sockets = [];
  class FakeSocket {
    readyState = 0;
    sent = [];
    constructor(url, protocols) {
      Object.assign(this, { url: String(url), protocols });
      sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    say(message) {
      this.readyState = 1;
      this.onmessage({ data: JSON.stringify(message) });
    }
    end(code, reason = "") {
      this.readyState = 3;
      this.onclose({ code, reason });
    }
    close() {
      this.readyState = 3;
    }
  }
  const said = [];
  const start = (options) => {
    const connection = connect({ url: "ws://live.test", WebSocket: FakeSocket, ...options });
    connection.on("state", ({ state, reason }) => said.push(reason ? `${state} ${reason}` : state));
    connection.on("error", ({ code }) => said.push(code));
    return connection;
  };
  return { ...clock, start, sockets, said };
}

// A token function, and how often it was asked.
function tokens(answer = async () => "token") {
  const token = () => {
    token.asked += 1;
    return answer();
  };
  return Object.assign(token, { asked: 0 });
}

test("who closes before, or while the token is fetched, opens nothing", async (t) => {
  const { pass, start, sockets, said, waiting } = set_up(t);
  const token = tokens();
  start({ token }).close();
  await pass(60_000);
  assert.equal(token.asked, 0);
  let answer;
  const connection = start({ token: () => new Promise((done) => (answer = done)) });
  await pass(1_000);
  connection.close();
  answer("token");
  await pass(60_000);
  assert.equal(sockets.length, 0);
  assert.deepEqual(said, ["closed closed", "connecting", "closed closed"]);
  assert.equal(waiting(), 0);
});

test("a token function or a listener may close", async (t) => {
  const { pass, start, sockets, said, waiting } = set_up(t);
  const signed_out = start({ token: tokens(() => {
    signed_out.close();
    throw new Error("signed out");
  }) });
  await pass(60_000);
  assert.deepEqual(said.splice(0), ["connecting", "closed closed"]);
  for (const last of ["connecting", "open", "waiting"]) {
    const connection = start({ token: tokens() });
    connection.on("state", ({ state }) => state === last && connection.close());
    await pass(0);
    sockets.at(-1)?.say(kWelcome);
    sockets.at(-1)?.end(1006);
    await pass(60_000);
    assert.equal(connection.state, "closed");
    sockets.splice(0);
  }
  assert.equal(waiting(), 0);
});

test("a listener that throws hurts nobody", async (t) => {
  const { pass, start, sockets } = set_up(t);
  const complaints = t.mock.method(console, "error", () => {});
  const connection = start();
  connection.on("message", () => {
    throw new Error("of the page");
  });
  const heard = [];
  connection.on("message", (text) => heard.push(text));
  await pass(0);
  sockets[0].say(kWelcome);
  sockets[0].onmessage({ data: "tea" });
  assert.deepEqual(heard, ["tea"]);
  assert.equal(complaints.mock.callCount(), 1);
  connection.close();
});

test("a token that never comes is given up, and one that fails is told of", async (t) => {
  const { pass, start, sockets, said } = set_up(t);
  const answers = [() => new Promise(() => {}), () => Promise.reject(new Error("busy")),
    async () => "", () => {
      throw new Error("thrown");
    }];
  const token = tokens(() => (answers.shift() ?? (async () => "token"))());
  const connection = start({ token });
  await pass(60_000 - 1);
  assert.deepEqual(sockets[0].protocols, ["rollcall.v1", "bearer.token"]);
  assert.deepEqual(said.splice(0), ["connecting", "waiting no welcome",
    "connecting", "token_failed", "waiting Error: busy",
    "connecting", "token_failed", "waiting Error: no token",
    "connecting", "token_failed", "waiting Error: thrown", "connecting",
    "waiting no welcome", "connecting"]);
  assert.equal(token.asked, 6);
  connection.close();
});

test("a token is renewed when its end is told, and half-way when it is short", async (t) => {
  const { pass, start, sockets, said } = set_up(t);
  let fails = 2;
  const token = tokens(async () => (token.asked > 2 && fails-- > 0 ? "" : `token-${token.asked}`));
  const connection = start({ token });
  await pass(0);
  const [socket] = sockets;
  const expire = (expiresInMs) => socket.say({ type: "rollcall.token_expiring", expiresInMs });
  socket.say(kWelcome);
  expire(29_900);
  await pass(0);
  assert.deepEqual(socket.sent, [{ type: "rollcall.token", token: "token-2" }]);
  expire(10_000);
  await pass(5_000 + 500 + 1_000 - 1);
  assert.equal(socket.sent.length, 1);
  await pass(1);
  assert.deepEqual(socket.sent.slice(1), [{ type: "rollcall.token", token: "token-5" }]);
  assert.deepEqual(said, ["connecting", "open", "token_failed", "token_failed"]);
  expire(10_000);
  connection.close();
  await pass(60_000);
  assert.equal(token.asked, 5);
});

test("a renewal is not sent on another connection than its own", async (t) => {
  const { pass, start, sockets } = set_up(t);
  const answers = [];
  const token = tokens(() => new Promise((done) => answers.push(done)));
  const connection = start({ token });
  await pass(0);
  answers.shift()("first");
  await pass(0);
  sockets[0].say(kWelcome);
  sockets[0].say({ type: "rollcall.token_expiring", expiresInMs: 29_900 });
  await pass(0);
  sockets[0].end(4008);
  await pass(1_000);
  answers.shift()("late");
  answers.shift()("second");
  await pass(0);
  sockets[1].say(kWelcome);
  await pass(30_000);
  assert.deepEqual(sockets.map(({ sent }) => sent), [[], []]);
  assert.equal(token.asked, 3);
  connection.close();
});

test("an address is of one of four schemes, or relative to the page", async (t) => {
  const { pass, start, sockets } = set_up(t);
  const path = "/api/v1/realtime/ws";
  set_global(t, "document", { baseURI: "https://page.test/shop/" });
  const cases = { "ws://a.test": `ws://a.test${path}`, "wss://a.test/x/": `wss://a.test/x${path}`,
    "http://a.test:81": `ws://a.test:81${path}`, "https://a.test": `wss://a.test${path}`,
    "/live": `wss://page.test/live${path}`, ws: `wss://page.test/shop/ws${path}` };
  const connections = Object.keys(cases).map((url) => start({ url }));
  await pass(0);
  assert.deepEqual(sockets.map(({ url }) => url), Object.values(cases));
  connections.forEach((each) => each.close());
});
