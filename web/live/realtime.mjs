// The realtime half of the page: this tab as a user, its notices and its watch list.

import { set_up_notices, show_notice } from "./notices.mjs";
import { keep_open } from "./socket.mjs";
import {
  forget_states, set_up_watch_list, show_change, show_states, show_watch_error, watched_users,
} from "./watch_list.mjs";

const kNames = ["ada", "alan", "barbara", "edsger", "grace", "katherine", "ken", "radia"];
const kUsers = "/api/v1/realtime/users";
const kLostWords = {
  4403: "disconnected by the server",
  4429: "this user has too many tabs",
};

const element = (id) => document.getElementById(id);
let user = "";
let socket = null;

function say(state, words) {
  element("realtime").dataset.link = state;
  element("link").textContent = words;
}

function control_of(data) {
  if (typeof data !== "string" || !data.startsWith('{"type":"rollcall.')) return null;
  return JSON.parse(data);
}

function on_welcome() {
  say("live", `connected as ${user}`);
  if (element("away").checked) send_status();
  if (watched_users().length > 0) send({ type: "rollcall.watch", users: watched_users() });
}

function on_message(data) {
  const control = control_of(data);
  if (control === null) return show_notice(data);
  if (control.type === "rollcall.welcome") on_welcome();
  if (control.type === "rollcall.presence") show_change(control);
  if (control.type === "rollcall.presence_state") show_states(control.users);
  if (control.type === "rollcall.error") show_watch_error(control.message);
}

function on_lost({ code, final, was_open }) {
  forget_states();
  const words = kLostWords[code] ?? (final ? "closed by the server" : "reconnecting…");
  say(final ? "closed" : "lost", words);
  if (!was_open) explain_refusal();
}

// A browser does not tell a page why a WebSocket was refused; a route of the same kind does.
async function is_refused() {
  try {
    return (await fetch(`${kUsers}?limit=1`, { credentials: "omit" })).status === 401;
  } catch {
    return false;
  }
}

async function explain_refusal() {
  if (!(await is_refused())) return false;
  socket?.close();
  say("closed", "closed");
  element("needs_token").hidden = false;
  element("realtime_cards").hidden = true;
  return true;
}

function send(command) {
  socket?.send(command);
}

function send_status() {
  send({ type: "rollcall.status", status: element("away").checked ? "away" : "online" });
}

function connect(name) {
  user = name;
  element("user").value = name;
  element("same_user").href = `/?user=${encodeURIComponent(name)}`;
  element("same_user").textContent = `another tab as ${name}`;
  history.replaceState(null, "", `?user=${encodeURIComponent(name)}`);
  say("connecting", "connecting…");
  socket?.close();
  const origin = location.origin.replace(/^http/, "ws");
  const path = `/api/v1/realtime/ws?user_id=${encodeURIComponent(name)}`;
  socket = keep_open(origin + path, { message: on_message, lost: on_lost });
}

async function suggest_users() {
  try {
    const response = await fetch(`${kUsers}?limit=100`, { credentials: "omit" });
    const options = (await response.json()).users.map((name) => new Option(name, name));
    element("known_users").replaceChildren(...options);
  } catch {
    // Suggestions only.
  }
}

function some_name() {
  const name = kNames[Math.floor(Math.random() * kNames.length)];
  return `${name}-${10 + Math.floor(Math.random() * 90)}`;
}

set_up_notices(() => user);
set_up_watch_list(send);
element("user_form").addEventListener("submit", (event) => {
  event.preventDefault();
  connect(element("user").value.trim() || some_name());
});
element("away").addEventListener("change", send_status);
for (const id of ["notice_user", "watch_user"]) {
  element(id).addEventListener("focus", suggest_users);
}
if (!(await explain_refusal())) {
  connect(new URLSearchParams(location.search).get("user") || some_name());
}
