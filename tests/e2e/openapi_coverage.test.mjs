// All that docs/openapi.json promises is seen here: every route, status and example. What is not,
// or what is answered and not promised, fails.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { own_database } from "./database.mjs";
import { start_redis, start_rollcall, wait_for } from "./harness.mjs";
import { ask, kConfig, kKey, kRoster, kTooMuch, malformed, token_of }
  from "./openapi_requests.mjs";
import { OpenApiWitness, the_document, ways_of } from "./openapi_witness.mjs";
import { make_sessions, policy_text } from "./retention_world.mjs";
import { open_socket } from "./socket.mjs";
import { call, raw_exchange } from "./wire.mjs";

const document = the_document();
const operations = document.operations();
const witness = new OpenApiWitness(document);
const documenting = (status) => operations.filter(({ responses }) => responses[status]);
const named = (name) => operations.find((operation) => operation.name === name);

const start = (t, { config = kRoster, ...more } = {}) =>
  start_rollcall(t, { dev: false, config: kConfig + config, ...more });

// The answer to a request, which must be documented, and of this status.
async function see(server, operation, status, options) {
  const answer = await ask(server, operation, options);
  assert.equal(answer.status, status, `${operation.name}: ${answer.body}`);
  witness.saw(operation, answer);
  return answer;
}

// One by one: what an operation leaves behind is what the next one finds.
async function see_all(server, expected, status, options_of = () => [{}]) {
  for (const operation of expected) {
    for (const options of options_of(operation)) await see(server, operation, status, options);
  }
}

const is_good = (status) => status < 300 || status === 426;

test("each operation takes its examples, by each way to say who asks", async (t) => {
  const server = await start(t);
  await see(server, named("get /api/v1/rosters/{roster}/members/{id}"), 200);
  await see_when(server, named("get /api/v1/history"), "a first step", ({ at }) => at.length > 0);
  await open_socket(t, server, { headers: { Authorization: `Bearer ${token_of("ada")}` } });
  const order = ["put", "post", "get", "delete"];  // so that the reading ones find something
  const sorted = operations.toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  for (const operation of sorted) {
    const ways = operation.security.length > 0 ? ways_of(operation) : [null];
    for (const way of ways) {
      for (const body of operation.bodies.length > 0 ? operation.bodies : [undefined]) {
        const answer = await ask(server, operation, { way, body });
        assert.ok(is_good(answer.status), `${operation.name}: ${answer.body}`);
        witness.saw(operation, answer);
        witness.took(operation, way);
        if (body) witness.took(operation, body.text);
      }
    }
  }
  for (const operation of documenting(101)) {
    await see(server, operation, 426, { headers: { Upgrade: "other" } });
  }
});

test("what is refused is refused as documented", async (t) => {
  const server = await start(t);
  const those = (are) => operations.filter(are);  // also where the document does not have it
  await see_all(server, those(({ security }) => security.length > 0), 401, () =>
    [{ way: null }]);
  await see_all(server, operations, 403, () => [{ headers: { Origin: "https://a.example" } }]);
  await see_all(server, those(({ path }) => path.includes("{roster}")), 404, ({ url }) =>
    [{ url: url.replace("crm_navbar", "nothing") }]);
  await see_all(server, operations, 400, malformed);
  await see_all(server, those(({ body }) => body), 413, (operation) =>
    [{ body: { ...operation.body, text: "x".repeat(kTooMuch) } }]);
});

test("an address that beats too often is told so", async (t) => {
  const server = await start(t, { config: "[sessions]\nrate_limit = 1\n" });
  for (const operation of documenting(429)) {
    await wait_for(async () => (await ask(server, operation)).status === 429);
    await see(server, operation, 429);
  }
});

const ready_when = (server, condition) => wait_for(async () =>
  condition((await ask(server, named("get /readyz"))).json), { what: "its readiness" });
const is_whole = ({ degraded }) => degraded.length === 0;

// The first answer for which `condition` holds.
async function see_when(server, operation, what, condition) {
  const fits = async () => {
    const answer = await ask(server, operation);
    return condition(answer.json) && answer;
  };
  witness.saw(operation, await wait_for(fits, { what, bound_ms: 30_000 }));
}

const changing = documenting(503).filter(({ path, method }) =>
  /rosters|sessions/.test(path) && method !== "get");

const counting = ["get /api/sessions/online", "get /api/v1/rosters/{roster}"].map(named);

test("a node that remembers as many members as it may takes no other", async (t) => {
  const redis = await start_redis(t);
  const server = await start(t, {
    args: ["--threads", "1", "--redis", redis.url],
    env: { ROLLCALL_STORE_MAX_MEMBERS: "1" },
  });
  const roster = "/api/v1/rosters/crm_navbar/members";
  const headers = { "X-API-Key": kKey };
  const others = [["POST", "/api/sessions/activity", { body: { sessionId: "other" } }],
    ["PUT", `${roster}/other`, { headers }]];
  for (const [method, path, options] of others) {
    await wait_for(async () => (await call(server, method, path, options)).status === 200);
  }
  await see_all(server, changing.filter(({ method }) => method !== "delete"), 503);
});

async function stop_short({ child }) {
  child.kill("SIGSTOP");
  const state = () => readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1][0];
  await wait_for(() => state() === "T", { what: "the stop" });
}

test("what finds no place in the queue of a store is refused", async (t) => {
  const redis = await start_redis(t);
  const server = await start(t, {
    args: ["--threads", "1", "--redis", redis.url],
    env: { ROLLCALL_REDIS_QUEUED_CHANGES: "1", ROLLCALL_REDIS_TIMEOUT: "10s",
      ROLLCALL_SERVER_REQUEST_DEADLINE: "10s" },
  });
  await ready_when(server, is_whole);
  await stop_short(redis);
  const roster = "/api/v1/rosters/crm_navbar/members";
  const crowds = [
    (id) => call(server, "POST", "/api/sessions/activity", { body: { sessionId: id } }),
    (id) => call(server, "PUT", `${roster}/${id}`, { headers: { "X-API-Key": kKey } }),
    ...counting.map((operation) => () => ask(server, operation)),
  ];
  // Two of the first crowd get in at most, on the way and into the queue; one of the second.
  for (const one of [...crowds, ...crowds]) {
    const ids = [..."abcdefgh"];
    let refused = 0;
    for (const id of ids) one(id).then(({ status }) => (refused += Number(status === 503)));
    await wait_for(() => refused >= ids.length - 2, { what: "a full queue" });
  }
  await see_all(server, [...changing, ...counting], 503);
  redis.child.kill("SIGCONT");
});

test("a store that hangs makes no answer up", async (t) => {
  const redis = await start_redis(t);
  const server = await start(t, { args: ["--redis", redis.url] });
  await ready_when(server, is_whole);
  await stop_short(redis);
  const asking = ["get /api/v1/rosters/{roster}/members", "get /api/v1/realtime/users",
    "delete /api/v1/realtime/users/{id}/connections"].map(named);
  await Promise.all(asking.map((operation) => see(server, operation, 503)));
  redis.child.kill("SIGCONT");
});

test("a node that waits for another one longer than it may says so", async (t) => {
  const redis = await start_redis(t);
  const nodes = await Promise.all(["1s", "100ms"].map((deadline) => start(t, {
    args: ["--redis", redis.url],
    env: { ROLLCALL_SERVER_REQUEST_DEADLINE: deadline, ROLLCALL_REDIS_TIMEOUT: "100ms" },
  })));
  await Promise.all(nodes.map((node) => ready_when(node, is_whole)));
  const [holding, hasty] = nodes;
  await open_socket(t, holding, { headers: { Authorization: `Bearer ${token_of("ada")}` } });
  await stop_short(holding);
  const answer = await wait_for(async () => {
    const late = await ask(hasty, named("get /api/v1/realtime/users/{id}"));
    return late.status === 503 && late;
  }, { what: "an answer that is late" });
  witness.saw(undefined, answer);
  holding.child.kill("SIGCONT");
});

test("Redis is away, and PostgreSQL answers", async (t) => {
  const [redis, postgres] = await Promise.all([start_redis(t), own_database()]);
  make_sessions(postgres, { rows: 10 });
  const server = await start(t, {
    args: ["--threads", "1", "--redis", redis.url, "--postgres", postgres.url],
    config: `${policy_text(postgres)}[store]\nsettle = "100ms"\n`,
  });
  const [beat, ready, status] = ["post /api/sessions/activity", "get /readyz",
    "get /api/v1/status"].map(named);
  await see_when(server, status, "a run of retention", ({ retention: [policy], ...node }) =>
    node.redis.up && node.postgres.up && policy.runs.length > 0 && policy.state === "idle"
    && node.rosters[0].certainty === "exact" && node.rosters[0].state === "normal");
  await see_when(server, named("get /api/v1/nodes"), "this node's lease", ({ nodes }) =>
    nodes[0]?.connections === 0);
  await see(server, ready, 200);
  await redis.stop("SIGKILL");
  await see_when(server, status, "the fallback", ({ rosters: [{ state, certainty }] }) => {
    ask(server, beat);
    return state === "fallback" && certainty === "exact";
  });
  await see_when(server, ready, "the fallback", ({ rosters }) => rosters.online_sessions);
});

// A connection that was served, and is kept.
async function hold_connection(t, server) {
  const socket = connect(server.port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(socket, "data");
  socket.pause();
  return socket;
}

// It is told when it connects, before it has asked.
async function turned_away(server) {
  const { responses } = await wait_for(() => raw_exchange(server.port, [""], { responses: 1 }));
  return responses[0];
}

test("a server that is full says so, and to an address that has enough", async (t) => {
  const kLimits = { LIMITS_CONNECTIONS: 503, SERVER_CONNECTIONS_PER_ADDRESS: 429 };
  for (const [name, status] of Object.entries(kLimits)) {
    const server = await start(t, { env: { [`ROLLCALL_${name}`]: "1" } });
    await hold_connection(t, server);
    const answer = await turned_away(server);
    assert.equal(answer.status, status, answer.body);
    witness.saw(undefined, answer);
  }
});

test("a server that drains is not ready", async (t) => {
  const server = await start(t);
  const begun = await hold_connection(t, server);
  begun.write("GET /readyz HTTP/1.1\r\n");
  await call(server, "GET", "/healthz");  // the first line was read before this was answered
  server.child.kill("SIGTERM");
  await wait_for(() => server.errors().includes("draining"), { what: "the drain" });
  begun.write("Host: a\r\n\r\n");
  let text = "";
  for await (const chunk of begun) text += chunk;
  const [head, body] = text.split("\r\n\r\n");
  const fields = head.split("\r\n").slice(1).map((line) => line.split(": "));
  const headers = Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]));
  assert.match(head, /^HTTP\/1.1 503 /);
  witness.saw(named("get /readyz"), { status: 503, headers, body });
});

test("what any request may meet is documented", async (t) => {
  const server = await start(t, { env: { ROLLCALL_LIMITS_HEADER_TIMEOUT: "200ms" } });
  const get = "GET /healthz HTTP/1.1\r\n";
  const requests = {
    400: `${get}\r\n`,
    403: `${get}Host: a\r\nOrigin: https://a.example\r\n\r\n`,
    405: "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    408: get,
    413: `${get}Host: a\r\nContent-Length: ${kTooMuch}\r\n\r\n`,
    431: `${get}Host: a\r\nLong: ${"x".repeat(20_000)}\r\n\r\n`,
  };
  for (const [status, request] of Object.entries(requests)) {
    const { responses } = await raw_exchange(server.port, [request], { responses: 1 });
    assert.equal(responses[0].status, Number(status), responses[0].body);
    witness.saw(undefined, responses[0]);
  }
});

const kOfAPage = /^\/($|dashboard$|assets\/)/;

test("every route that is served is documented, or a file of a page", async (t) => {
  const server = await start(t, { args: ["--log-level", "debug"] });
  const told = [...server.errors().matchAll(/ route method="(\w+)" path="([^"]+)"/g)];
  const served = told.map(([, method, path]) => `${method.toLowerCase()} ${path}`);
  const [files, routes] = [true, false].map((is_file) =>
    served.filter((route) => kOfAPage.test(route.split(" ")[1]) === is_file));
  assert.deepEqual(routes.sort(), operations.map(({ name }) => name).sort());
  for (const file of files) {
    const [method, path] = file.split(" ");
    const { headers } = await call(server, method.toUpperCase(), path, {
      headers: { "X-API-Key": kKey },
    });
    assert.doesNotMatch(headers["content-type"], /json/, path);
  }
});

test("nothing is promised that was not seen", () =>
  assert.equal(witness.unseen().join("\n"), ""));
