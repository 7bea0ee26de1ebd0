// Finds a user, tells by which connections they are here, now and as long as they are shown, and
// ends these when asked to, twice.

import { element, numbers, part, replace, time_of } from "/assets/parts.mjs";
import { Refused, ask } from "./access.mjs";
import { on_told } from "./feed.mjs";

const kShownUsers = 20;
const kLookMs = 5_000;
const kRoot = "/api/v1/realtime/users";
let found = null;
let looked_at = -Infinity;
let has_users = true;  // server.admin_listen has none

const path_of = (user) => `${kRoot}/${encodeURIComponent(user)}`;
const tell = (words) => (element("user_news").textContent = words);

function tell_error(error) {
  tell(error instanceof Refused
    ? `It was refused: ${error.message}` : "The server did not answer.");
}

function connection_row({ id, node, connectedAt, lastPongMs }) {
  return part("tr", [
    part("th", part("code", id.slice(0, 8), { title: id }), { scope: "row" }),
    part("td", node),
    part("td", time_of(connectedAt)),
    part("td", time_of(new Date(lastPongMs).toISOString())),
  ]);
}

const count_of = (count) =>
  `${numbers.format(count)} ${count === 1 ? "connection" : "connections"}`;
const state_of = ({ status, connections }) =>
  [status, ...connections.map(({ id }) => id)].join();
const words_of = ({ user, status, connections }) =>
  `${user} is ${status}, with ${count_of(connections.length)}.`;

function show(user) {
  found = user;
  element("user_found").hidden = false;
  element("user_name").textContent = user.user;
  replace(element("user_connections"), user.connections.map(connection_row));
  element("user_table").hidden = user.connections.length === 0;
  element("disconnect").hidden = user.connections.length === 0;
}

async function look_up(name) {
  element("user").value = name;
  try {
    const user = await ask(path_of(name));
    show(user);
    tell(words_of(user));
    element("user_name").focus();
  } catch (error) {
    found = null;
    element("user_found").hidden = true;
    tell_error(error);
  }
}

// Says only what is news. What fails is tried again soon.
async function look_again() {
  const before = found;
  try {
    const user = await ask(path_of(before.user));
    if (found !== before) return;
    show(user);
    if (state_of(user) !== state_of(before)) tell(words_of(user));
  } catch { /* as it was */ }
}

async function disconnect() {
  const { user } = found;
  try {
    await ask(`${path_of(user)}/connections`, { method: "DELETE" });
    show(await ask(path_of(user)));
    tell(`${user} was disconnected.`);
  } catch (error) {
    tell_error(error);
  }
  element("user_name").focus();
  look_at_people();
}

function user_chip(name) {
  const button = part("button", name, { type: "button", class: "small" });
  return part("li", button, { "data-user": name });
}

// Some who are connected; where the port has no such route, nobody is looked for.
async function look_at_people() {
  looked_at = performance.now();
  try {
    const { users, cursor } = await ask(`${kRoot}?limit=${kShownUsers}`);
    replace(element("connected"), users.map(user_chip));
    element("connected_words").textContent = users.length === 0 ? "Nobody is connected just now."
      : cursor === null ? "Connected now:" : `The first ${kShownUsers} who are connected:`;
  } catch (error) {
    has_users = !(error instanceof Refused && error.status === 404);
    element("people_tools").hidden = !has_users;
    element("no_people").hidden = has_users;
  }
}

on_told(() => {
  if (!has_users || performance.now() - looked_at < kLookMs) return;
  look_at_people();
  if (found) look_again();
});

element("user_form").addEventListener("submit", (event) => {
  event.preventDefault();
  look_up(element("user").value.trim());
});
element("connected").addEventListener("click", (event) => {
  const chip = event.target.closest("[data-user]");
  if (chip) look_up(chip.dataset.user);
});
element("user").addEventListener("focus", look_at_people);
element("disconnect").addEventListener("click", () => {
  const count = count_of(found.connections.length);
  element("disconnect_title").textContent = `Disconnect ${found.user}?`;
  element("disconnect_words").textContent =
    `${count} will be closed with 4403, on whichever node. The user may connect again.`;
  element("disconnect_dialog").showModal();
});
element("disconnect_dialog").addEventListener("close", ({ target }) => {
  if (target.returnValue === "disconnect") disconnect();
  target.returnValue = "";
});
