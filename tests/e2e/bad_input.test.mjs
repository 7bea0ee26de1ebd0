// Whatever a client sends, it gets the right refusal at once, and the next request is served.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall } from "./harness.mjs";
import { assert_cut_off, assert_refused, kHost, kNext } from "./refusals.mjs";
import { assert_error, call, raw_exchange } from "./wire.mjs";

const kBodyLimit = 256 * 1024;
const kMembers = "/api/v1/rosters/online_sessions/members";

function post(body, path = "/api/sessions/activity") {
  const length = Buffer.byteLength(body, "latin1");
  return `POST ${path} HTTP/1.1\r\n${kHost}Content-Length: ${length}\r\n\r\n${body}`;
}

function get(target) {
  return `GET ${target} HTTP/1.1\r\n${kHost}\r\n`;
}

const utf8 = (text) => Buffer.from(text, "utf8").toString("latin1");

const kBadJson = {
  "a brace": "{",
  "no JSON": "session",
  "a list": '["sessionId"]',
  "a text": '"sessionId"',
  "a number": "42",
  "null": "null",
  "a space": " ",
  "two objects": '{"sessionId":"a"}{"sessionId":"b"}',
  "something behind it": '{"sessionId":"a"} x',
  "a zero byte behind it": '{"sessionId":"a"}\0',
  "a byte order mark": '\xef\xbb\xbf{"sessionId":"a"}',
  "UTF-16": '\xff\xfe{\0}\0',
  "a name twice": '{"sessionId":"a","sessionId":"b"}',
  "a name twice, once escaped": '{"sessionId":"a","session\\u0049d":"b"}',
  "a name without quotes": '{sessionId:"a"}',
  "single quotes": "{'sessionId':'a'}",
  "a comma at the end": '{"sessionId":"a",}',
  "a comment": '{"sessionId":"a"/*b*/}',
  "a bad escape": '{"sessionId":"\\x41"}',
  "half an escape": '{"sessionId":"\\u12"}',
  "half a surrogate pair": '{"sessionId":"\\ud800"}',
  "a line break in a text": '{"sessionId":"a\nb"}',
  "invalid UTF-8": '{"sessionId":"\xff"}',
  "overlong UTF-8": '{"sessionId":"\xc0\xaf"}',
  "a surrogate in UTF-8": '{"sessionId":"\xed\xa0\x80"}',
  "past the end of Unicode": '{"sessionId":"\xf4\x90\x80\x80"}',
  "cut-off UTF-8": '{"sessionId":"\xe2\x82"}',
  "not a number": '{"sessionId":"a","n":NaN}',
  "lists in lists": `{"n":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
  "lists in lists, open": "[".repeat(100_000),
  "objects in objects": `${'{"n":'.repeat(20_000)}1${"}".repeat(20_000)}`,
  "very many names": `{${Array.from({ length: 10_000 }, (_, i) => `"n${i}":1`).join()}}`,
  "a very long name": `{"${"n".repeat(10_000)}":1}`,
};

const kBadIds = {
  "empty": "",
  "129 bytes": "x".repeat(129),
  "130 bytes, 65 letters": "é".repeat(65),
  "200,000 bytes": "x".repeat(200_000),
  "a zero byte": "a\0b",
  "a line break": "a\r\nb",
  "an escape character": "\x1b[31m",
  "a delete": "\x7f",
  "a control character above ASCII": "\u0085",
};

const kBadTypes = ["1", "-1e999", "99999999999999999999", "null", "true", "{}", "[]", '["a"]'];

test("JSON that is broken, hostile or of another shape is refused", async (t) => {
  const server = await start_rollcall(t);
  for (const [name, body] of Object.entries(kBadJson)) {
    await assert_refused(server, name, post(body), 400, "invalid_json");
  }
  for (const [name, id] of Object.entries(kBadIds)) {
    const body = utf8(JSON.stringify({ sessionId: id }));
    await assert_refused(server, name, post(body), 400, "invalid_id");
    const list = utf8(JSON.stringify({ members: ["ann", id] }));
    const live = post(list, "/api/v1/rosters/online_sessions/live");
    await assert_refused(server, name, live, 400, "invalid_id");
  }
  for (const value of kBadTypes) {
    await assert_refused(server, value, post(`{"sessionId":${value}}`), 400, "invalid_id");
    if (value === "true") continue;
    const leave = post(`{"sessionId":"a","leave":${value}}`);
    await assert_refused(server, value, leave, 400, "invalid_leave");
    const goodbye = post(`{"sessionId":"a","leave":true,"mayReturn":${value}}`);
    await assert_refused(server, value, goodbye, 400, "invalid_leave");
  }
  for (const members of ["{}", "null", '"ann"', "[1]", '["ann",null]', '[["ann"]]', '["a",{}]']) {
    const live = post(`{"members":${members}}`, "/api/v1/rosters/online_sessions/live");
    await assert_refused(server, members, live, 400, "members_required");
  }
  const { json } = await call(server, "GET", "/api/sessions/online");
  assert.equal(json.online, 0, "nobody was counted by what was refused");
});

test("a body over the limit is refused without being read", async (t) => {
  const server = await start_rollcall(t);
  const fits = post(`{"sessionId":"a"}`.padEnd(kBodyLimit));
  const { responses } = await raw_exchange(server.port, fits, { responses: 1 });
  assert.equal(responses[0].status, 200, responses[0].body);
  const head = `POST /api/sessions/activity HTTP/1.1\r\n${kHost}`;
  const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
  const too_large = {
    "one byte too many": post("x".repeat(kBodyLimit + 1)),
    "announced": `${head}Content-Length: 18446744073709551615\r\n\r\n`,
    "in chunks": `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`,
    "one huge chunk": `${head}Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nx`,
    "past 64 bits": `${head}Transfer-Encoding: chunked\r\n\r\n10000000000000018\r\nx`,
  };
  for (const [name, request] of Object.entries(too_large)) {
    await assert_cut_off(server, name, request, 413, "body_too_large");
  }
});

test("paths with dots, double encodings and broken escapes lead nowhere", async (t) => {
  const server = await start_rollcall(t);
  const refused = ["/%", "/%4", "/%zz", "/%%41", "//", "/api//sessions/online", "/healthz/",
    "/./healthz", "/../healthz", "/%2e%2e/healthz", "/%2E/healthz", "/api/../healthz",
    `${kMembers}/..`, `${kMembers}/%2e%2E`, `${kMembers}/`, "/healthz#fragment",
    `${kMembers}/%00`, `${kMembers}/a%0d%0ab`, `${kMembers}/%ff`, `${kMembers}/%c0%ae%c0%ae`,
    `${kMembers}/%ed%a0%80`, `${kMembers}/%7f`, `${kMembers}/${"x".repeat(129)}`,
    `${kMembers}?limit=%`, `${kMembers}?cursor=%zz`, "http://localhost/%2e%2e/healthz"];
  for (const target of refused) await assert_refused(server, target, get(target), 400);
  const nowhere = ["/%252e%252e/healthz", "/healthz%2f", "/api%2Fsessions/online", "/HEALTHZ",
    "/healthz;a=b", "/api/sessions", "/api/v1/rosters/online_sessions%2Fmembers", "/healthz%00",
    "/..%2fetc%2fpasswd", "/%2e%2e%2fhealthz", "/h\xc3\xa9", "/assets/..%5clive.js",
    `/${"a/".repeat(4000)}a`];
  for (const target of nowhere) await assert_refused(server, target, get(target), 404);
  for (const target of ["healthz", "*", "localhost:80", "?/healthz", "\\healthz"]) {
    const { responses } = await raw_exchange(server.port, get(target) + kNext, { end: true });
    assert_error(responses[0], 400);
    assert.ok(responses[1]?.status === 200 || responses[0].headers.connection === "close");
  }
});

test("a method that a path does not take is answered with those it does", async (t) => {
  const server = await start_rollcall(t);
  const wrong = [["PATCH", "/api/sessions/activity"], ["GET", "/api/sessions/activity"],
    ["TRACE", "/healthz"], ["DELETE", "/api/sessions/online"], ["PROPFIND", "/"],
    ["POST", `${kMembers}/ann`], ["PUT", kMembers], ["get", "/healthz"], ["BREW", "/healthz"]];
  for (const [method, path] of wrong) {
    const request = `${method} ${path} HTTP/1.1\r\n${kHost}\r\n`;
    const { responses } = await raw_exchange(server.port, request + kNext, { responses: 2 });
    assert_error(responses[0], 405, "method_not_allowed");
    assert.match(responses[0].headers.allow, /^[A-Z]+(, [A-Z]+)*$/, `${method} ${path}`);
    assert.equal(responses[1].status, 200);
  }
});
