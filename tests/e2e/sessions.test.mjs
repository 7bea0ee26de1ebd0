// A browser's beats: ids, cookies, origins and rates.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall, wait_for } from "./harness.mjs";
import { assert_error, call } from "./wire.mjs";

const kActivity = "/api/sessions/activity";
const kOnline = "/api/sessions/online";
const kShop = "https://shop.example";
const kUuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const kBehindProxy = '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n';

function beat(server, sessionId, headers = {}) {
  const body = sessionId === undefined ? undefined : { sessionId };
  return call(server, "POST", kActivity, { headers, body });
}

async function online(server) {
  return (await call(server, "GET", kOnline)).json.online;
}

function assert_online(answer, number) {
  assert.equal(answer.status, 200, answer.body);
  assert.equal(answer.body, `{"online":${number}}`);
}

test("a beat answers the count that holds its caller, and nothing else", async (t) => {
  const server = await start_rollcall(t);
  assert_online(await beat(server, "ann"), 1);
  assert_online(await beat(server, "ann"), 1);
  assert_online(await beat(server, "bob"), 2);
  const beacon = { "Content-Type": "text/plain;charset=UTF-8" };
  assert_online(await beat(server, "cid", beacon), 3);
  assert_online(await beat(server, "x".repeat(128)), 4);
  assert_online(await call(server, "GET", kOnline), 4);
});

test("every answer tells its source, its certainty and when to beat next", async (t) => {
  const server = await start_rollcall(t);
  const pauses = new Set();
  for (let i = 0; i < 20; ++i) {
    const { headers } = await beat(server, `session ${i}`);
    assert.equal(headers["x-rollcall-source"], "memory");
    assert.equal(headers["x-rollcall-certainty"], "exact");
    assert.equal(headers["cache-control"], "no-store");
    const pause = Number(headers["x-rollcall-next-beat-ms"]);
    assert.ok(pause > 40_000 && pause < 70_000, `about a minute, not ${pause} ms`);
    pauses.add(pause);
  }
  assert.ok(pauses.size > 1, "sessions that began together drift apart");
  const { headers } = await call(server, "GET", kOnline);
  assert.ok(Number(headers["x-rollcall-next-beat-ms"]) > 0);
});

test("a caller without an id gets one in a cookie, and keeps it", async (t) => {
  const server = await start_rollcall(t);
  const first = await beat(server);
  assert_online(first, 1);
  const [cookie, ...more] = first.headers["set-cookie"];
  assert.deepEqual(more, []);
  const form = `^user_session_id=(${kUuid}); Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax$`;
  const id = new RegExp(form).exec(cookie)?.[1];
  assert.ok(id, cookie);
  for (const header of [`user_session_id=${id}`, `theme=dark; user_session_id=${id}; a=b`]) {
    const again = await beat(server, undefined, { Cookie: header });
    assert_online(again, 1);
    assert.equal(again.headers["set-cookie"], undefined, "it has one");
  }
  assert_online(await beat(server, "of the body", { Cookie: `user_session_id=${id}` }), 2);
  const other = await beat(server, undefined, { Cookie: "xuser_session_id=1" });
  assert_online(other, 3);
  assert.notEqual(other.headers["set-cookie"][0], cookie);
});

test("the cookie is Secure when a trusted proxy says that TLS ends there", async (t) => {
  const over_tls = { "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7" };
  const trusting = await start_rollcall(t, { dev: false, config: kBehindProxy });
  assert.match((await beat(trusting, undefined, over_tls)).headers["set-cookie"][0], /; Secure$/);
  assert.doesNotMatch((await beat(trusting)).headers["set-cookie"][0], /Secure/);
  const wary = await start_rollcall(t, { dev: false });
  const answer = await beat(wary, undefined, over_tls);
  assert.doesNotMatch(answer.headers["set-cookie"][0], /Secure/, "anyone could say so");
});

test("a cross-site caller is given no cookie", async (t) => {
  const config = `[server]\nallowed_origins = ["${kShop}"]\n`;
  const server = await start_rollcall(t, { dev: false, config });
  for (const headers of [{ "Sec-Fetch-Site": "cross-site" }, { Origin: kShop },
    { Origin: kShop, "Sec-Fetch-Site": "cross-site" }]) {
    const refused = await beat(server, undefined, headers);
    assert_error(refused, 400, "session_id_required");
    assert.equal(refused.headers["set-cookie"], undefined);
    assert.equal(await online(server), 0);
  }
  const cross = { Origin: kShop, "Sec-Fetch-Site": "cross-site" };
  assert_online(await beat(server, "named", cross), 1);
  assert_online(await beat(server, undefined, { ...cross, Cookie: "user_session_id=c" }), 2);
  let expected = 2;
  for (const site of ["same-origin", "same-site", "none"]) {
    const given = await beat(server, undefined, { "Sec-Fetch-Site": site });
    assert_online(given, ++expected);
    assert.equal(given.headers["set-cookie"].length, 1, site);
  }
});

test("a session leaves by DELETE, and by a beacon", async (t) => {
  const server = await start_rollcall(t);
  for (const id of ["a", "b", "c", "d"]) await beat(server, id);
  assert_online(await call(server, "DELETE", kActivity, { body: { sessionId: "a" } }), 3);
  const cookie = { Cookie: "user_session_id=b" };
  assert_online(await call(server, "DELETE", kActivity, { headers: cookie }), 2);
  const beacon = {
    headers: { "Content-Type": "text/plain" },
    body: '{"sessionId":"c","leave":true}',
  };
  assert_online(await call(server, "POST", kActivity, beacon), 1);
  assert_online(await call(server, "POST", kActivity, beacon), 1);
  const stays = { body: { sessionId: "d", leave: false } };
  assert_online(await call(server, "POST", kActivity, stays), 1);
  const nobody = await call(server, "DELETE", kActivity);
  assert_error(nobody, 400, "session_id_required");
  assert.equal(nobody.headers["set-cookie"], undefined);
  assert_online(await beat(server, "a"), 2);
});

test("a page that may return leaves when it has not, and a reload never does", async (t) => {
  const server = await start_rollcall(t);
  const goodbye = (body, headers = {}) =>
    call(server, "POST", kActivity, { headers, body: { ...body, leave: true, mayReturn: true } });
  for (const id of ["reloaded", "closed"]) await beat(server, id);
  await beat(server, undefined, { Cookie: "user_session_id=c" });
  assert_online(await goodbye({ sessionId: "reloaded" }), 3);
  assert_online(await goodbye({ sessionId: "closed" }), 3);
  assert_online(await goodbye({}, { Cookie: "user_session_id=c" }), 3);
  assert_error(await goodbye({}), 400, "session_id_required");
  assert_online(await beat(server, "reloaded"), 3);
  await wait_for(async () => (await online(server)) === 1, { what: "those who did not return" });
  const stays = { body: { sessionId: "reloaded", leave: false, mayReturn: true } };
  assert_online(await call(server, "POST", kActivity, stays), 1);
});

test("to look is not to touch: a session ends while someone watches the count", async (t) => {
  const server = await start_rollcall(t, { config: '[sessions]\ntimeout = "400ms"\n' });
  await beat(server, "ann");
  assert.equal(await online(server), 1);
  const headers = { Cookie: "user_session_id=ann" };
  const look = async () => (await call(server, "GET", kOnline, { headers })).json.online === 0;
  await wait_for(look, { what: "the session ends" });
});

test("a foreign origin is refused before anything is done", async (t) => {
  const config = `[server]\nallowed_origins = ["${kShop}"]\n`;
  const server = await start_rollcall(t, { dev: false, config });
  assert_online(await beat(server, "here"), 1);
  const foreign = ["https://evil.example", "null", `${kShop}.evil.example`, "http://shop.example",
    `${kShop}:8443`, `http://127.0.0.1:${server.port + 1}`, "https://evil.example#" + kShop];
  for (const Origin of foreign) {
    const headers = { Origin };
    const answers = [
      await beat(server, "evil", headers),
      await call(server, "POST", kActivity, { headers, body: "not even JSON" }),
      await call(server, "DELETE", kActivity, { headers, body: { sessionId: "here" } }),
      await call(server, "GET", kOnline, { headers }),
      await call(server, "OPTIONS", kActivity, { headers }),
    ];
    for (const answer of answers) {
      assert_error(answer, 403, "origin_not_allowed");
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
    }
    assert.equal(await online(server), 1);
  }
  assert_online(await beat(server, "own", { Origin: server.url }), 2);
});

test("an allowed origin may read the answers, with its cookies", async (t) => {
  const config = `[server]\nallowed_origins = ["https://other.example", "${kShop}"]\n`;
  const server = await start_rollcall(t, { dev: false, config });
  const headers = { Origin: kShop };
  const shared = [await beat(server, "a", headers), await beat(server, 1, headers),
    await call(server, "GET", "/nowhere", { headers })];
  for (const answer of shared) {
    assert.equal(answer.headers["access-control-allow-origin"], kShop);
    assert.equal(answer.headers["access-control-allow-credentials"], "true");
    assert.match(answer.headers.vary, /\bOrigin\b/);
    const exposed = answer.headers["access-control-expose-headers"].toLowerCase().split(/, */);
    assert.deepEqual(exposed.sort(), ["x-rollcall-certainty", "x-rollcall-next-beat-ms",
      "x-rollcall-source"]);
  }
  assert.deepEqual(shared.map(({ status }) => status), [200, 400, 404]);

  const asked = { ...headers, "Access-Control-Request-Method": "DELETE" };
  const preflight = await call(server, "OPTIONS", kActivity, { headers: asked });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-origin"], kShop);
  assert.equal(preflight.headers["access-control-allow-credentials"], "true");
  assert.match(preflight.headers["access-control-allow-methods"], /POST.*DELETE/);
  assert.match(preflight.headers["access-control-allow-headers"], /content-type/i);
  assert.equal(await online(server), 1);
});

test("an address that beats too often is told to wait, and only it", async (t) => {
  const config = `${kBehindProxy}[sessions]\nrate_limit = 3\n`;
  const server = await start_rollcall(t, { dev: false, config });
  const from = (address) => ({ "X-Forwarded-For": address });
  const burst = Array.from({ length: 30 }, (_, i) => beat(server, `s${i}`, from("203.0.113.1")));
  const answers = await Promise.all(burst);
  const refused = answers.filter(({ status }) => status !== 200);
  assert.ok(answers.length - refused.length >= 3, "three at once are fine");
  assert.ok(refused.length > 0, "thirty are not");
  for (const answer of refused) {
    assert_error(answer, 429, "rate_limited");
    assert.match(answer.headers["retry-after"], /^[1-9]\d*$/);
  }
  assert.equal(await online(server), answers.length - refused.length);
  assert.equal((await beat(server, "other", from("203.0.113.2"))).status, 200);
  await wait_for(async () => (await beat(server, "s0", from("203.0.113.1"))).status === 200, {
    what: "the rate is forgiven",
  });
});

test("an address is given so many new sessions a minute, and no more", async (t) => {
  const config = `${kBehindProxy}[sessions]\nminted_per_minute = 2\n`;
  const server = await start_rollcall(t, { dev: false, config });
  const from = (address) => ({ "X-Forwarded-For": address });
  assert_online(await beat(server, undefined, from("2001:db8::1")), 1);
  assert_online(await beat(server, undefined, from("2001:db8::1")), 2);
  const refused = await beat(server, undefined, from("2001:db8::2"));
  assert_error(refused, 429, "too_many_new_sessions");
  assert.match(refused.headers["retry-after"], /^[1-9]\d*$/);
  assert.equal(refused.headers["set-cookie"], undefined);
  assert_online(await beat(server, "has its own", from("2001:db8::1")), 3);
  assert_online(await beat(server, undefined, from("2001:db8:0:1::1")), 4);
});
