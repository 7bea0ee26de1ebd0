// The rosters' surface, as an application uses it with its key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall, wait_for } from "./harness.mjs";
import { assert_error, call } from "./wire.mjs";

const kKey = "the-key-of-an-application";
const kSecondKey = "the-key-of-another-application";
const kRosters = "/api/v1/rosters";
const kNavbar = `${kRosters}/crm_navbar`;
const kConfig = `
[server]
api_keys = ["${kKey}", "${kSecondKey}"]
[[roster]]
name = "crm_navbar"
ttl = "300s"
[[roster]]
name = "brief"
ttl = "300ms"
`;
// Every operation that needs a key, on a roster of this path.
const operations_of = (roster) => [
  ["GET", roster],
  ["DELETE", roster],
  ["GET", `${roster}/members`],
  ["PUT", `${roster}/members/ann`],
  ["GET", `${roster}/members/ann`],
  ["DELETE", `${roster}/members/ann`],
  ["POST", `${roster}/live`, { members: ["ann"] }],
];

function start(t, options = {}) {
  return start_rollcall(t, { dev: false, config: kConfig, ...options });
}

function ask(server, method, path, body) {
  return call(server, method, path, { headers: { "X-API-Key": kKey }, body });
}

function member_path(id, roster = kNavbar) {
  return `${roster}/members/${encodeURIComponent(id)}`;
}

async function touch(server, id, roster = kNavbar) {
  const answer = await ask(server, "PUT", member_path(id, roster));
  assert.equal(answer.status, 200, answer.body);
  return answer;
}

async function members_of(server, limit, between_pages = () => {}) {
  const found = [];
  let cursor = null;
  do {
    const from = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask(server, "GET", `${kNavbar}/members?limit=${limit}${from}`);
    assert.equal(page.status, 200, page.body);
    assert.deepEqual(Object.keys(page.json), ["members", "cursor"]);
    assert.ok(page.json.members.length <= limit);
    found.push(...page.json.members);
    cursor = page.json.cursor;
    await between_pages();
  } while (cursor !== null);
  return found;
}

test("a roster counts who was touched, tells of each, and lets them leave", async (t) => {
  const server = await start(t);
  assert.equal((await touch(server, "ann")).body, '{"online":1}');
  assert.equal((await touch(server, "ann")).body, '{"online":1}');
  assert.equal((await touch(server, "bob")).body, '{"online":2}');
  const roster = await ask(server, "GET", kNavbar);
  assert.equal(roster.body, '{"roster":"crm_navbar","online":2,"ttlMs":300000}');
  assert.equal(roster.headers["x-rollcall-source"], "memory");

  const seen = (await ask(server, "GET", member_path("ann"))).json;
  assert.deepEqual(Object.keys(seen), ["live", "lastSeen", "ageMs"]);
  assert.equal(seen.live, true);
  assert.match(seen.lastSeen, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.now() - Date.parse(seen.lastSeen)) < 60_000, seen.lastSeen);
  assert.ok(seen.ageMs >= 0 && seen.ageMs < 60_000, `${seen.ageMs}`);

  const left = await ask(server, "DELETE", member_path("ann"));
  assert.deepEqual([left.status, left.body], [204, ""]);
  assert.equal((await ask(server, "DELETE", member_path("nobody"))).status, 204);
  const gone = await ask(server, "GET", member_path("ann"));
  assert.equal(gone.body, '{"live":false,"lastSeen":null,"ageMs":null}');
  assert.equal((await ask(server, "GET", kNavbar)).json.online, 1);
});

test("a member is live for its roster's ttl", async (t) => {
  const server = await start(t);
  const brief = `${kRosters}/brief`;
  await touch(server, "ann", brief);
  const is_gone = async () => {
    const { live } = (await ask(server, "GET", member_path("ann", brief))).json;
    return !live && (await ask(server, "GET", brief)).json.online === 0;
  };
  await wait_for(is_gone, { what: "ann is gone" });
  const listed = await ask(server, "GET", `${brief}/members`);
  assert.equal(listed.body, '{"members":[],"cursor":null}');
});

test("a key travels as a bearer token or as X-API-Key", async (t) => {
  const server = await start(t);
  for (const headers of [{ Authorization: `Bearer ${kKey}` }, { "X-API-Key": kKey },
    { authorization: `bearer ${kSecondKey}` }, { "x-api-key": kSecondKey }]) {
    for (const [method, path, body] of operations_of(kNavbar)) {
      const { status } = await call(server, method, path, { headers, body });
      assert.ok(status === 200 || status === 204, `${method} ${path}: ${status}`);
    }
  }
});

test("without a key, or with a wrong one, nothing is told and nothing done", async (t) => {
  const server = await start(t);
  await touch(server, "bob");
  const wrong = [kKey.slice(1), `${kKey}x`, kKey.toUpperCase(), `${kKey},${kKey}`, " "];
  const attempts = [
    [{}, "api_key_required"],
    [{ Authorization: `Basic ${kKey}` }, "api_key_required"],
    [{ Authorization: "Bearer" }, "api_key_required"],
    ...wrong.map((key) => [{ Authorization: `Bearer ${key}` }, undefined]),
    ...wrong.map((key) => [{ "X-API-Key": key }, undefined]),
  ];
  for (const [headers, code] of attempts) {
    for (const [method, path, body] of operations_of(kNavbar)) {
      const answer = await call(server, method, path, { headers, body });
      assert_error(answer, 401, code);
      assert.equal(answer.headers["www-authenticate"], "Bearer");
    }
  }
  assert.deepEqual(await members_of(server, 10), ["bob"]);
});

test("with no key configured the routes are closed, and say what to configure", async (t) => {
  const server = await start(t, { config: '[[roster]]\nname = "crm_navbar"\n' });
  for (const [method, path, body] of operations_of(kNavbar)) {
    const answer = await ask(server, method, path, body);
    assert_error(answer, 401, "api_key_not_configured");
    assert.match(answer.json.error.message, /server\.api_keys/);
  }
  const metrics = await ask(server, "GET", "/metrics");
  assert_error(metrics, 401, "api_key_not_configured");
});

test("a roster that is not configured is not found", async (t) => {
  const server = await start(t);
  for (const name of ["nobody", "CRM_NAVBAR", "crm_navbar%20", "crm%2Fnavbar", "%F0%9F%90%99"]) {
    for (const [method, path, body] of operations_of(`${kRosters}/${name}`)) {
      assert_error(await ask(server, method, path, body), 404, "roster_not_found");
    }
  }
  assert.equal((await ask(server, "GET", `${kRosters}/online_sessions`)).status, 200);
  assert.equal((await ask(server, "GET", `${kRosters}/crm%5Fnavbar`)).json.online, 0);
});

test("a page holds 1 to 1000 members, and a cursor is one that was given", async (t) => {
  const server = await start(t);
  for (const limit of ["0", "1001", "-1", "1e2", "1.5", "", "%2010", "10x", "0x10", "+10",
    "99999999999999999999", "%00"]) {
    const answer = await ask(server, "GET", `${kNavbar}/members?limit=${limit}`);
    assert_error(answer, 400, "invalid_limit");
  }
  for (const cursor of ["x", "-1", "0", "9.", "0.x", "0.-1", ".", "99999999999999999999.1",
    "0.99999999999999999999", "%00", "0.0.0", "a".repeat(500)]) {
    const answer = await ask(server, "GET", `${kNavbar}/members?cursor=${cursor}`);
    assert_error(answer, 400, "invalid_cursor");
  }
  for (const query of ["", "?limit=1", "?limit=1000", "?cursor=", "?cursor=&limit=7&unknown=1"]) {
    const page = await ask(server, "GET", `${kNavbar}/members${query}`);
    assert.equal(page.body, '{"members":[],"cursor":null}');
  }
});

for (const threads of [1, 4]) {
  test(`a walk over 250 members meets each once (${threads} threads)`, async (t) => {
    const server = await start(t, { args: ["--threads", String(threads)] });
    const ids = Array.from({ length: 250 }, (_, i) => `member ${i}`);
    await Promise.all(ids.map((id) => touch(server, id)));
    assert.equal((await ask(server, "GET", kNavbar)).json.online, 250);
    const first = (await ask(server, "GET", `${kNavbar}/members`)).json;
    assert.equal(first.members.length, 100, "the default page");
    assert.equal(typeof first.cursor, "string");
    for (const limit of [1000, 250, 100, 7]) {
      assert.deepEqual((await members_of(server, limit)).sort(), [...ids].sort(), `by ${limit}`);
    }
    let turn = 0;
    const move = async () => {
      await touch(server, `new ${turn}`);
      for (let i = 0; i < 10; ++i) await touch(server, ids[(turn += 13) % ids.length]);
    };
    const found = await members_of(server, 50, move);
    const old = found.filter((id) => id.startsWith("member"));
    assert.deepEqual(old.sort(), [...ids].sort(), "touched during the walk");
    const asked = { members: [...ids, "nobody"] };
    const { live } = (await ask(server, "POST", `${kNavbar}/live`, asked)).json;
    assert.deepEqual(live, ids, "of all shards, in the order asked for");
    await ask(server, "DELETE", kNavbar);
    assert.deepEqual(await members_of(server, 100), [], "a reset empties every shard");
  });
}

test("an id is decoded from the path once, and may be any text", async (t) => {
  const server = await start(t);
  const ids = ["a/b", "100%", "%2F", "%252F", "a+b", "a b", "?limit=0", "#x", "&=;", "é",
    "e\u0301", "日本語", "\u{1F468}\u200D\u{1F469}", "{curly}", '"quoted"', "back\\slash", "...",
    "'; DROP", "x".repeat(128), "é".repeat(64)];
  for (const [index, id] of ids.entries()) {
    assert.equal((await touch(server, id)).json.online, index + 1, id);
    assert.equal((await ask(server, "GET", member_path(id))).json.live, true, id);
  }
  assert.deepEqual((await members_of(server, 3)).sort(), [...ids].sort());
  const { live } = (await ask(server, "POST", `${kNavbar}/live`, { members: ids })).json;
  assert.deepEqual(live, ids);
  const by_halves = `${kNavbar}/members/%61%2fb`;
  assert.equal((await ask(server, "GET", by_halves)).json.live, true, "small hex digits too");
  for (const [index, id] of ids.entries()) {
    assert.equal((await ask(server, "DELETE", member_path(id))).status, 204, id);
    assert.equal((await ask(server, "GET", kNavbar)).json.online, ids.length - index - 1, id);
  }
});

test("up to 1000 members can be asked for at once", async (t) => {
  const server = await start(t);
  for (const id of ["ann", "bob"]) await touch(server, id);
  const ask_live = (members) => ask(server, "POST", `${kNavbar}/live`, { members });
  assert.equal((await ask_live(["bob", "cid", "ann"])).body, '{"live":["bob","ann"]}');
  assert.equal((await ask_live([])).body, '{"live":[]}');
  const many = Array.from({ length: 1000 }, (_, i) => (i === 999 ? "ann" : `x${i}`));
  assert.equal((await ask_live(many)).body, '{"live":["ann"]}');
  assert_error(await ask_live([...many, "one more"]), 400);
});

test("a reset empties one roster, and it fills again", async (t) => {
  const server = await start(t);
  for (const id of ["ann", "bob"]) await touch(server, id);
  await touch(server, "session", `${kRosters}/online_sessions`);
  const reset = await ask(server, "DELETE", kNavbar);
  assert.deepEqual([reset.status, reset.body], [204, ""]);
  assert.equal((await ask(server, "GET", kNavbar)).json.online, 0);
  assert.equal((await ask(server, "GET", member_path("ann"))).json.live, false);
  assert.equal((await touch(server, "ann")).json.online, 1);
  assert.equal((await ask(server, "GET", `${kRosters}/online_sessions`)).json.online, 1);
});

test("a browser touches for its own user, which takes a token or --dev", async (t) => {
  const me = `${kNavbar}/members/me`;
  const closed = await start(t);
  for (const method of ["PUT", "DELETE"]) {
    for (const query of ["", "?user_id=ann"]) {
      const answer = await ask(closed, method, me + query);
      assert.equal(answer.headers["www-authenticate"], "Bearer");
      assert_error(answer, 401, "token_not_configured");
    }
  }
  assert.equal((await ask(closed, "GET", kNavbar)).json.online, 0);

  const open = await start(t, { dev: true });
  const touched = await call(open, "PUT", `${me}?user_id=ann%2Flee`);
  assert.equal(touched.body, '{"online":1}');
  assert.equal((await ask(open, "GET", member_path("ann/lee"))).json.live, true);
  assert_error(await call(open, "PUT", me), 401, "user_required");
  assert_error(await call(open, "PUT", `${me}?user_id=`), 400, "invalid_id");
  assert.equal((await call(open, "DELETE", `${me}?user_id=ann%2Flee`)).status, 204);
  assert.equal((await ask(open, "GET", kNavbar)).json.online, 0);
});
