// The document that the server gives out, and the methods of its routes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { OpenApiDocument } from "./openapi_document.mjs";
import { kConfig, kRoster } from "./openapi_requests.mjs";
import { the_document } from "./openapi_witness.mjs";

test("every path takes the documented methods and no other", async (t) => {
  const server = await start_rollcall(t, { dev: false, config: kConfig + kRoster });
  const document = the_document();
  const given = await (await fetch(`${server.url}/openapi.json`)).json();
  assert.deepEqual(given, document.root);
  const operations = document.operations();
  assert.ok(operations.length > 10);
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
