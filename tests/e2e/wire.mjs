// HTTP/1.1: by a client that may set any header, and as bytes, for what no client would send.
import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { the_document } from "./openapi_witness.mjs";

const kBoundMs = 10_000;
const kAnswerLimit = 8 * 1024 * 1024;

// Splits bytes into complete responses. Only what rollcall sends: a length, or none at all.
export function parse_responses(bytes) {
  const responses = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return { responses, rest };
    const [status_line, ...lines] = rest.subarray(0, end).toString("latin1").split("\r\n");
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const length = Number(headers["content-length"] ?? 0);
    const body_start = end + 4;
    if (rest.length < body_start + length) return { responses, rest };
    responses.push({
      status: Number(status_line.split(" ")[1]),
      headers,
      body: rest.subarray(body_start, body_start + length).toString("utf8"),
    });
    rest = rest.subarray(body_start + length);
  }
}

const api = the_document();

// Whatever a test asks the API, the document has the status of the answer: unless it asks where
// the API is not served, as on server.admin_listen, or a proxy answers, whose errors are no JSON.
function undocumented(method, target, status, text) {
  const operation = api.operation_of(method, target.split("?")[0]);
  const is_elsewhere = status >= 400 && (!text.startsWith("{") || text.includes('"not_found"'));
  if (!operation || is_elsewhere || api.response_of(operation, status)) return null;
  return new Error(`${operation.name}: ${status} is not documented`);
}

// One request on a connection of its own (`from` an address of this machine). An object as `body`
// is sent as JSON, a Buffer as it is.
// Resolves to {status, headers, body, json}; `json` is undefined unless the answer is JSON.
export function call(server, method, path, options = {}) {
  const { headers = {}, body, from, takes_upgrades, bound_ms = kBoundMs } = options;
  const is_json = typeof body === "object" && !Buffer.isBuffer(body);
  const bytes = is_json ? JSON.stringify(body) : body;
  const length = bytes === undefined ? {} : { "Content-Length": Buffer.byteLength(bytes) };
  return new Promise((resolve, reject) => {
    const sent = request({
      host: server.host, port: server.port, localAddress: from, agent: false, method, path,
      headers: { ...length, ...headers },
    });
    sent.setTimeout(bound_ms, () => sent.destroy(new Error(`${method} ${path}: no answer`)));
    sent.on("error", reject);
    sent.on("upgrade", ({ statusCode, headers: fields }, socket) => {
      socket.destroy();
      if (takes_upgrades) return resolve({ status: statusCode, headers: fields, body: "" });
      reject(new Error(`${method} ${path}: upgraded`));
    });
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        const surprise = undocumented(method, path, response.statusCode, text);
        if (surprise) return reject(surprise);
        const type = response.headers["content-type"];
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: text,
          json: type === "application/json" ? JSON.parse(text) : undefined,
        });
      });
    });
    sent.end(bytes);
  });
}

// Every refusal: this status, and {"error":{"code","message"}} with no more and no less.
export function assert_error(answer, status, code) {
  const about = `${answer.status} ${answer.body}`;
  assert.equal(answer.status, status, about);
  assert.equal(answer.headers["content-type"], "application/json", about);
  const { error, ...rest } = JSON.parse(answer.body);
  assert.deepEqual(rest, {}, about);
  assert.deepEqual(Object.keys(error), ["code", "message"], about);
  assert.match(error.code, /^[a-z]+(_[a-z]+)*$/, about);
  assert.ok(error.message.length > 0, about);
  if (code) assert.equal(error.code, code, about);
}

// Sends the parts (text as latin1, or bytes), each as a write of its own (`every_ms` apart, when
// given), and collects the answer until the server closes or `responses` of them are complete,
// whichever is first. With `end` nothing more will come after the parts, and the server is told.
// Resolves to {responses, closed, rest}; rejects when neither happens within the bound.
export function raw_exchange(port, parts, options = {}) {
  const { responses = Infinity, bound_ms = kBoundMs, every_ms = 0, end = false } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let bytes = Buffer.alloc(0);
    let dripping;
    const finish = (closed) => {
      clearTimeout(timer);
      clearInterval(dripping);
      socket.destroy();
      resolve({ ...parse_responses(bytes), closed });
    };
    const fail = (why) => {
      clearTimeout(timer);
      clearInterval(dripping);
      socket.destroy();
      reject(new Error(`${why}; received: ${JSON.stringify(bytes.toString("latin1", 0, 500))}`));
    };
    const timer = setTimeout(() => fail(`no complete answer within ${bound_ms} ms`), bound_ms);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length > kAnswerLimit) fail("the answer is too long");
      if (parse_responses(bytes).responses.length >= responses) finish(false);
    });
    socket.on("end", () => finish(true));
    const is_gone = (error) => ["ECONNRESET", "EPIPE"].includes(error.code);
    socket.on("error", (error) => (is_gone(error) ? finish(true) : fail(error)));
    const waiting = [parts].flat();
    const write_one = () => {
      socket.write(Buffer.from(waiting.shift(), "latin1"));
      if (waiting.length === 0) clearInterval(dripping);
      if (waiting.length === 0 && end) socket.end();
    };
    socket.on("connect", () => {
      if (every_ms > 0) dripping = setInterval(write_one, every_ms);
      else while (waiting.length > 0) write_one();
    });
  });
}
