// The package in Node, against real servers.
import WebSocket from "ws";
import { claims_of, kSecret, sign } from "../../../tests/e2e/tokens.mjs";
import { connect } from "../dist/index.js";
import { until } from "./until.mjs";

export const kTokenConfig = `[auth]\nsecret = "${kSecret}"\n[realtime]\noffline_grace = "500ms"\n`
  + 'drain_spread = "500ms"\n';
export const kNoDev = { dev: false, config: kTokenConfig };

export const token_of = (user, more = {}) =>
  sign("HS256", kSecret, claims_of(user, { rollcall: { watch: ["*"] }, ...more }));

// A connection, closed after `t`, with what it told so far in {states, messages, changes, errors}.
export function open_connection(t, server, options = {}) {
  const { user = "ada", token = async () => token_of(user), url = server.url } = options;
  const connection = connect({ url, token, WebSocket });
  t.after(() => connection.close());
  const heard = { states: [], messages: [], changes: [], errors: [] };
  connection.on("state", (change) => heard.states.push(change));
  connection.on("message", (message) => heard.messages.push(message));
  connection.on("presence", ({ user: who, status }) => heard.changes.push(`${who} ${status}`));
  connection.on("error", (error) => heard.errors.push(error));
  return { connection, ...heard };
}

export function reaches(connection, state) {
  return until(() => connection.state === state, `the state ${state}`);
}

// The first state change for which `is` holds.
export async function state_with(states, is, what) {
  await until(() => states.some(is), what);
  return states.find(is);
}
