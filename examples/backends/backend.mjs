// An application's backend in Node 18 or later, with what rollcall adds to it. No package is
// needed; any JWT library makes the same token.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { ROLLCALL_URL, ROLLCALL_API_KEY, ROLLCALL_SECRET_FILE, PORT = "0" } = process.env;
const secret = readFileSync(ROLLCALL_SECRET_FILE, "utf8").replace(/\r?\n$/, "");

// A token that is good for ten minutes. `watch`: whose presence the user may see.
function token_for(user, watch = []) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 600;
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({
    sub: user, exp, rollcall: { watch } })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

async function rollcall(method, path, body) {
  const response = await fetch(`${ROLLCALL_URL}/api/v1${path}`, {
    method,
    body,
    headers: { Authorization: `Bearer ${ROLLCALL_API_KEY}`, "Content-Type": "application/json" },
    signal: AbortSignal.timeout(2000),
  });
  if (!response.ok) throw new Error(`rollcall answered ${response.status}`);
  return response.json();
}

// To each tab and device of a user. Answers whether there was one.
async function notify(user, message) {
  const path = `/realtime/users/${encodeURIComponent(user)}/messages`;
  return (await rollcall("POST", path, JSON.stringify(message))).live;
}

// Work that is worth it only while somebody looks.
async function refresh_navbar() {
  const { online } = await rollcall("GET", "/rosters/crm_navbar");
  if (online === 0) return false;
  await rollcall("POST", "/realtime/broadcast", JSON.stringify({ type: "refresh" }));
  return true;
}

// Who is signed in: yours comes from your session, not from a cookie that anyone can set.
const signed_in = (request) => /(?:^|; )user=(\w+)/.exec(request.headers.cookie ?? "")?.[1];

async function answer(request) {
  const user = signed_in(request);
  if (!user) return [401, "sign in first"];
  switch (`${request.method} ${request.url}`) {
    case "POST /rollcall-token": return [200, token_for(user, ["grace"])];
    case "POST /report": return [200, String(await notify(user, { type: "report" }))];
    case "POST /refresh": return [200, String(await refresh_navbar())];
    default: return [404, "not found"];
  }
}

const server = createServer(async (request, response) => {
  const [status, text] = await answer(request).catch((error) => [502, error.message]);
  response.writeHead(status, { "Content-Type": "text/plain" }).end(text);
});
server.listen(Number(PORT), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}`));
