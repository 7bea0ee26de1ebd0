// The document that the server gives out, against the routes that it has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { OpenApiDocument } from "./openapi_document.mjs";
import { assert_documented } from "./openapi_witness.mjs";
import { kNoSpread, open_socket } from "./socket.mjs";
import { claims_of, kSecret, sign } from "./tokens.mjs";

const kKey = "a-key-for-the-tests-only";
const kConfig = `
[server]
api_keys = ["${kKey}"]
[auth]
secret = "${kSecret}"
[[roster]]
name = "crm_navbar"
`;

async function start(t) {
  const server = await start_rollcall(t, { dev: false, config: kConfig, env: kNoSpread });
  const response = await fetch(`${server.url}/openapi.json`);
  return { server, document: new OpenApiDocument(await response.text()) };
}

function call(server, { method, url, body }, headers) {
  return fetch(server.url + url, {
    method: method.toUpperCase(),
    headers: body ? { "content-type": body.type, ...headers } : headers,
    body: body?.text,
  });
}

const user_headers = () => ({
  Authorization: `Bearer ${sign("HS256", kSecret, claims_of("ada"))}`,
});

// By the first way that the operation offers.
function credentials({ security }) {
  if (security.length === 0) return {};
  return "userToken" in security[0] ? user_headers() : { "X-API-Key": kKey };
}

async function assert_answer_documented(document, operation, response) {
  const headers = Object.fromEntries(response.headers);
  const answer = { status: response.status, headers, body: await response.text() };
  assert_documented(document, operation, answer);
}

test("every operation answers as documented, with a key and without", async (t) => {
  const { server, document } = await start(t);
  assert.ok(document.operations().length > 10);
  for (const operation of document.operations()) {
    const response = await call(server, operation, credentials(operation));
    assert.notEqual(response.status, 401, operation.name);
    await assert_answer_documented(document, operation, response);
    if (operation.security.length === 0) continue;
    const without = await call(server, operation, {});
    assert.equal(without.status, 401, operation.name);
    await assert_answer_documented(document, operation, without);
  }
});

test("a user who is connected is explained as documented", async (t) => {
  const { server, document } = await start(t);
  await open_socket(t, server, { headers: user_headers() });
  const is_explain = ({ name }) => name === "get /api/v1/realtime/users/{id}";
  const explain = document.operations().find(is_explain);
  const response = await call(server, explain, { "X-API-Key": kKey });
  assert.equal((await response.clone().json()).connections.length, 1);
  await assert_answer_documented(document, explain, response);
});

test("every path takes the documented methods and no other", async (t) => {
  const { server, document } = await start(t);
  const operations = document.operations();
  for (const url of new Set(operations.map((operation) => operation.url))) {
    const response = await fetch(server.url + url, { method: "OPTIONS" });
    const allowed = response.headers.get("allow").split(", ").filter((name) => name !== "HEAD");
    const documented = operations.filter(({ matches }) => matches(url));
    const methods = documented.map(({ method }) => method.toUpperCase());
    assert.deepEqual(allowed.sort(), [...new Set(methods)].sort(), url);
  }
});

test("departures from a schema are seen", () => {
  const document = new OpenApiDocument(JSON.stringify({
    part: { type: "object", required: ["n"], properties: { n: { type: "integer" } } },
    choice: { type: "string", enum: ["a", "b"] },
  }));
  const of = (value) => document.departures(value, { $ref: "#/part" });
  assert.deepEqual(of({ n: 1 }), []);
  assert.deepEqual(of({}), ["body.n is missing"]);
  assert.deepEqual(of({ n: "1" }), ["body.n is string"]);
  assert.deepEqual(of({ n: 1, m: 2 }), ["body.m is not documented"]);
  assert.deepEqual(of([]), ["body is array"]);
  assert.deepEqual(document.departures("b", { $ref: "#/choice" }), []);
  assert.deepEqual(document.departures("c", { $ref: "#/choice" }), ["body is c"]);
  assert.throws(() => document.resolve({ $ref: "#/nothing" }), /leads nowhere/);
});
