// A user's WebSocket, opened for one test.
import { once } from "node:events";
import WebSocket from "ws";
import { wait_for } from "./harness.mjs";
import { call } from "./wire.mjs";

// A server in a test ends at once, with its sockets.
export const kNoSpread = { ROLLCALL_REALTIME_DRAIN_SPREAD: "0s" };

const kPath = "/api/v1/realtime/ws";
export const kHandshake = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

function path_of(query, path = kPath) {
  const fields = Object.entries(query);
  if (fields.length === 0) return path;
  const text = fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `${path}?${text}`;
}

// An API key as the name of a subprotocol.
export const protocol_of = (key) => `key.${Buffer.from(key).toString("base64url")}`;

// What the server answers to a handshake that it refuses: as wire.mjs' call().
export function refused_handshake(server, { path, query = {}, headers = {} } = {}) {
  return call(server, "GET", path_of(query, path), { headers: { ...kHandshake, ...headers } });
}

export class UserSocket {
  received = []; // {text} or {bytes}, and {json} where the text is such; taken ones are gone

  constructor(ws) {
    this.ws = ws;
    ws.on("message", (data, is_binary) => this.received.push(this.#message_of(data, is_binary)));
    ws.on("error", () => {});
    this.closed = once(ws, "close").then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  #message_of(data, is_binary) {
    if (is_binary) return { bytes: data };
    const text = String(data);
    try {
      return { text, json: JSON.parse(text) };
    } catch {
      return { text };
    }
  }

  // Takes the first message for which `is` holds, once there is one.
  async take(is, what = "a message", bound_ms = undefined) {
    let found;
    await wait_for(() => {
      found = this.received.findIndex(is);
      return found >= 0;
    }, { what, bound_ms });
    return this.received.splice(found, 1)[0];
  }

  async take_type(type) {
    return (await this.take(({ json }) => json?.type === type, type)).json;
  }

  // The presence events of a user so far, oldest first; `count` of them are waited for.
  async presence_of(user, count) {
    const events = () => this.received.map(({ json }) => json)
      .filter((json) => json?.type === "rollcall.presence" && json.user === user);
    await wait_for(() => events().length >= count, { what: `${count} events of ${user}` });
    return events();
  }

  send(command) {
    this.ws.send(typeof command === "string" ? command : JSON.stringify(command));
  }

  // Answers {user: status} as rollcall.presence_state has it.
  async watch(...users) {
    this.send({ type: "rollcall.watch", users });
    return (await this.take_type("rollcall.presence_state")).users;
  }

  async close() {
    this.ws.close(1000);
    return this.closed;
  }
}

// Opens a socket, and waits for its welcome, which it answers as `socket.welcome`, unless
// `welcomed` is false.
export async function open_socket(t, server, options = {}) {
  const { path, user, query = {}, headers = {}, protocols = [], welcomed = true } = options;
  const named = user === undefined ? query : { user_id: user, ...query };
  const url = server.url.replace(/^http/, "ws") + path_of(named, path);
  const socket = new UserSocket(new WebSocket(url, protocols, { headers }));
  t.after(() => socket.ws.terminate());
  if (welcomed) socket.welcome = await socket.take_type("rollcall.welcome");
  return socket;
}

export function open_sockets(t, server, user, count) {
  return Promise.all(Array.from({ length: count }, () => open_socket(t, server, { user })));
}
