// What every refusal has in common: the error body, and that the next request is served.
import assert from "node:assert/strict";
import { assert_error, raw_exchange } from "./wire.mjs";

export const kHost = "Host: localhost\r\n";
export const kNext = `GET /healthz HTTP/1.1\r\n${kHost}\r\n`;

async function exchange(name, server, request, options) {
  try {
    return await raw_exchange(server.port, [request, kNext].flat(), options);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
}

function assert_answers(name, responses, statuses, code) {
  const got = JSON.stringify(responses).slice(0, 500);
  assert.deepEqual(responses.map(({ status }) => status), statuses, `${name}: ${got}`);
  try {
    assert_error(responses[0], statuses[0], code);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
}

// The request is refused, and the one behind it answered on the same connection.
export async function assert_refused(server, name, request, status, code) {
  const { responses } = await exchange(name, server, request, { responses: 2 });
  assert_answers(name, responses, [status, 200], code);
}

// Where the request ends cannot be known: one refusal, whatever comes behind it, and the
// connection is closed. The next one is served.
export async function assert_cut_off(server, name, request, status, code) {
  const { responses, closed } = await exchange(name, server, request);
  assert_answers(name, responses, [status], code);
  assert.equal(responses[0].headers.connection, "close", name);
  assert.ok(closed, name);
  const next = await exchange(name, server, [], { responses: 1 });
  assert.equal(next.responses[0].status, 200, `${name}: the next connection is served`);
}
