// What a document promises, and what of it was seen in the answers of a server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { OpenApiDocument } from "./openapi_document.mjs";

export const ways_of = ({ security }) => security.flatMap((way) => Object.keys(way));

const is_error = (status) => Number(status) >= 400;

export const the_document = () => new OpenApiDocument(
  readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));

// Holds an answer ({status, headers by small letters, body}) against the document. `operation` is
// nothing where none can be told, as the request was not read.
export function assert_documented(document, operation, { status, headers, body }) {
  const where = `${operation?.name ?? "any request"}: ${status}`;
  const documented = document.response_of(operation, status);
  assert.ok(documented, `${where} is not documented: ${body}`);
  for (const [name, header] of Object.entries(documented.headers ?? {})) {
    if (name === "Set-Cookie") continue;
    const value = headers[name.toLowerCase()];
    assert.ok(value, `${where} has no ${name}`);
    const values = document.resolve(header).schema.enum ?? [value];
    assert.ok(values.includes(value), `${where} has ${name}: ${value}`);
  }
  const content = documented.content ?? {};
  if (Object.keys(content).length === 0) return assert.equal(body, "", `${where} has a body`);
  const type = headers["content-type"].split(";")[0];
  assert.ok(content[type], `${where} is ${type}`);
  if (type !== "application/json") return;
  assert.deepEqual(document.departures(JSON.parse(body), content[type].schema), [], where);
}

export class OpenApiWitness {
  #seen = []; // {name, status, json}, name being that of the operation
  #ways = new Set(); // the operations' ways to authenticate that were taken, and bodies sent

  constructor(document) {
    this.document = document;
  }

  saw(operation, answer) {
    assert_documented(this.document, operation, answer);
    const { status, headers, body } = answer;
    const is_json = headers["content-type"] === "application/json";
    const json = is_json ? JSON.parse(body) : undefined;
    this.#seen.push({ name: operation?.name, status: String(status), json });
  }

  took(operation, way) {
    this.#ways.add(`${operation.name} ${way}`);
  }

  // What the document promises and no answer has shown, as text.
  unseen() {
    return [
      ...this.document.operations().flatMap((operation) => this.#unseen_of(operation)),
      ...this.#unseen_answers("any request", undefined, this.document.root["x-any-request"]),
    ];
  }

  #unseen_of(operation) {
    const { name, bodies, responses } = operation;
    const ways = [...ways_of(operation), ...bodies.map(({ text }) => text)];
    return [
      ...ways.filter((way) => !this.#ways.has(`${name} ${way}`))
        .map((way) => `${name}: nobody sent ${way}`),
      ...this.#unseen_answers(name, name, responses),
    ];
  }

  #unseen_answers(about, name, responses) {
    const of = (status) => this.#seen.filter((each) => each.name === name
      && each.status === status);
    return [
      ...Object.keys(responses).filter((status) => of(status).length === 0)
        .map((status) => `${about}: ${status} was not seen`),
      ...this.document.example_answers(responses).flatMap((example) =>
        this.#complaint(about, example, of(example.status))),
    ];
  }

  // An error is shown word for word, by whichever operation; another answer is one of its kind.
  #complaint(about, { status, name, value, schema }, answers) {
    const where = `${about}: ${status}, "${name}"`;
    const [departure] = this.document.departures(value, schema);
    if (departure) return [`${where}: ${departure}`];
    const shown = is_error(status)
      ? this.#seen.some(({ json }) => JSON.stringify(json) === JSON.stringify(value))
      : answers.some(({ json }) => this.document.resembles(json, value, schema));
    return shown ? [] : [`${where}: no answer was like it`];
  }
}
