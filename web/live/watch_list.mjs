// The users that this tab watches, and how each of them stands.

const kReasons = {
  connected: "connected",
  left: "left",
  closed: "the connection broke",
  timeout: "fell silent",
  node_lost: "the server was lost",
  drained: "the server stopped",
  kicked: "was disconnected",
  token_expired: "the token ended",
};

const element = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const rows = new Map();

function make_row(user, remove) {
  const row = document.createElement("li");
  const name = document.createElement("span");
  const detail = document.createElement("span");
  const button = document.createElement("button");
  name.className = "name";
  name.textContent = user;
  detail.className = "about";
  button.type = "button";
  button.className = "small";
  button.textContent = "Remove";
  button.setAttribute("aria-label", `Stop watching ${user}`);
  button.addEventListener("click", () => remove(user));
  row.append(name, detail, button);
  row.dataset.user = user;
  return row;
}

function show(user, status, detail) {
  const row = rows.get(user);
  if (!row) return;
  row.dataset.status = status;
  row.querySelector(".about").textContent = detail;
}

export function watched_users() {
  return [...rows.keys()];
}

export function show_states(users) {
  for (const [user, status] of Object.entries(users)) {
    if (rows.get(user)?.dataset.status !== status) show(user, status, status);
  }
}

export function show_change({ user, status, reason, at }) {
  const why = status === "away" ? "" : ` · ${kReasons[reason] ?? reason}`;
  show(user, status, `${status}${why} · ${clock.format(new Date(at))}`);
  element("watch_news").textContent = `${user} is ${status}`;
}

export function show_watch_error(message) {
  element("watch_error").textContent = message;
}

// Until the server answers again nobody can say how they stand.
export function forget_states() {
  for (const user of rows.keys()) show(user, "unknown", "not known at the moment");
}

// `send` takes a command for the server.
export function set_up_watch_list(send) {
  const remove = (user) => {
    rows.get(user).remove();
    rows.delete(user);
    element("no_watched").hidden = rows.size > 0;
    element("watch_user").focus();
    send({ type: "rollcall.unwatch", users: [user] });
  };
  element("watch_form").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = element("watch_user");
    const user = field.value.trim();
    field.value = "";
    show_watch_error("");
    if (!user || rows.has(user)) return;
    rows.set(user, make_row(user, remove));
    element("watched").append(rows.get(user));
    element("no_watched").hidden = true;
    show(user, "unknown", "asking…");
    send({ type: "rollcall.watch", users: [user] });
  });
}
