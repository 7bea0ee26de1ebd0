// Prints what reaches a user, and who of some others is here:
//   npm install
//   ROLLCALL_TOKEN=$(rollcall token --config FILE --sub ada --watch '*') \
//     node client.mjs ws://127.0.0.1:8085 grace alan
import WebSocket from "ws";

const [base = "ws://127.0.0.1:8085", ...watched] = process.argv.slice(2);
const token = process.env.ROLLCALL_TOKEN;
const kFirstWaitMs = 500;
const kLongestWaitMs = 30_000;
const kFinalCodes = [4401, 4403]; // the token has ended; disconnected on purpose
const kFinalStatuses = [400, 401, 403];
let failures = 0;

function on_control(socket, control) {
  switch (control.type) {
    case "rollcall.welcome":
      failures = 0;
      console.log(`connected as ${control.user}`);
      if (watched.length > 0) {
        socket.send(JSON.stringify({ type: "rollcall.watch", users: watched }));
      }
      break;
    case "rollcall.presence_state":
      for (const user in control.users) console.log(`${user}: ${control.users[user]}`);
      break;
    case "rollcall.presence":
      console.log(`${control.user}: ${control.status} (${control.reason})`);
      break;
    case "rollcall.token_expiring": // an application would send a new one, as rollcall.token
      console.log(`the token ends in ${control.expiresInMs} ms`);
      break;
    case "rollcall.error":
      console.error(control.message);
      break;
  }
}

function on_message(socket, data, is_binary) {
  if (is_binary) return console.log(`${data.length} bytes`);
  const text = String(data);
  if (!text.startsWith('{"type":"rollcall.')) return console.log(text);
  on_control(socket, JSON.parse(text));
}

function hinted_wait_ms(reason) {
  try {
    return JSON.parse(reason).reconnectMs;
  } catch {
    return undefined;
  }
}

// Full jitter: the clients of a server that was away do not all return at once.
function come_back(reason) {
  const longest_ms = Math.min(kLongestWaitMs, kFirstWaitMs * 2 ** failures++);
  setTimeout(connect, hinted_wait_ms(reason) ?? Math.random() * longest_ms);
}

function give_up(why) {
  console.error(why);
  process.exitCode = 1;
}

function connect() {
  const headers = { Authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${base}/api/v1/realtime/ws`, "rollcall.v1", { headers });
  socket.on("unexpected-response", (_, response) => {
    response.destroy();
    if (kFinalStatuses.includes(response.statusCode)) give_up(`refused: ${response.statusCode}`);
    else come_back();
  });
  socket.on("error", () => {}); // "close" follows
  socket.on("message", (data, is_binary) => on_message(socket, data, is_binary));
  socket.on("close", (code, reason) => {
    if (kFinalCodes.includes(code)) return give_up(`closed: ${reason}`);
    come_back(String(reason));
  });
}

connect();
