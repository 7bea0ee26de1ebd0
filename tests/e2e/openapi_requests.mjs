// Requests as the API's document has them, and such as it says are refused.
import { kHandshake, protocol_of } from "./socket.mjs";
import { ways_of } from "./openapi_witness.mjs";
import { claims_of, kSecret, sign } from "./tokens.mjs";
import { call } from "./wire.mjs";

export const kKey = "a-key-for-the-tests-only";
export const kTooMuch = 2048;  // more than limits.body_bytes of kConfig

export const kConfig = `
[server]
api_keys = ["${kKey}"]
[limits]
body_bytes = "1KiB"
[auth]
secret = "${kSecret}"
[realtime]
drain_spread = "0s"
`;

export const kRoster = '[[roster]]\nname = "crm_navbar"\n';

export const token_of = (user) => sign("HS256", kSecret, claims_of(user));

// By the name of a security scheme: {headers, query}.
const kWays = {
  apiKey: () => ({ headers: { Authorization: `Bearer ${kKey}` } }),
  apiKeyHeader: () => ({ headers: { "X-API-Key": kKey } }),
  keySubprotocol: () => ({
    headers: { "Sec-WebSocket-Protocol": `rollcall.v1, ${protocol_of(kKey)}` },
  }),
  userToken: () => ({ headers: { Authorization: `Bearer ${token_of("ada")}` } }),
  userSubprotocol: () => ({
    headers: { "Sec-WebSocket-Protocol": `rollcall.v1, bearer.${token_of("ada")}` },
  }),
  userQuery: () => ({ query: `access_token=${token_of("ada")}` }),
};

const as_socket = ({ responses }) => (responses[101] ? kHandshake : {});

// `way` is the name of a security scheme: the first one, when nothing else is said; null: none.
export function ask(server, operation, options = {}) {
  const { way = ways_of(operation)[0] ?? null, body = operation.body, headers = {} } = options;
  const { url = operation.url, query = "", from } = options;
  const proof = way === null ? {} : kWays[way]();
  const queries = [query, proof.query].filter(Boolean).join("&");
  return call(server, operation.method.toUpperCase(), queries ? `${url}?${queries}` : url, {
    from,
    takes_upgrades: true,
    body: body?.text,
    headers: {
      ...as_socket(operation),
      ...(body ? { "Content-Type": body.type } : {}),
      ...proof.headers,
      ...headers,
    },
  });
}

// Requests that an operation answers by 400: options of ask().
export function malformed(operation) {
  const { path, url, parameters, body } = operation;
  if (path === "/api/sessions/activity") {
    return [{ body: { type: "application/json", text: "{" } },
      { body: null, headers: { "Sec-Fetch-Site": "cross-site" } }];
  }
  if (path === "/api/v1/realtime/ws") return [{ query: `access_token=${token_of("ada")}` }];
  if (operation.responses[101]) return [{ headers: { "Sec-WebSocket-Key": "short" } }];
  if (path.endsWith("/me")) {
    const { Authorization } = kWays.userToken().headers;
    return [{ way: null, headers: { Authorization: [Authorization, Authorization] } }];
  }
  if (parameters.includes("limit")) return [{ query: "limit=0" }];
  if (path.endsWith("/broadcast")) {
    return [{ body: { type: "text/plain", text: Buffer.from([0xff]) } }];
  }
  if (path.includes("{id}")) return [{ url: url.replace(/\/(17|ada)/, `/${"x".repeat(129)}`) }];
  return body ? [{ body: { ...body, text: "{" } }] : [];
}
