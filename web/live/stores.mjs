// Where the number comes from: the state of each roster's stores, and how it changed. Hidden where
// the status needs a key, which this page has not.

const kStatus = "/api/v1/status";
const kPollMs = 2_000;
const kTimeoutMs = 5_000;
const kShownChanges = 20;
const kWords = {
  normal: "its store answers",
  recovering: "its store is back, and is being filled",
  fallback: "PostgreSQL answers in place of Redis",
  local: "no store answers: this node counts what it knows itself",
};

const element = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const told_states = new Map();
let timer = 0;

// The status; null where it is not for this page; throws when there is none just now.
async function ask() {
  const response = await fetch(kStatus, {
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(kTimeoutMs),
  });
  if ([401, 403, 404].includes(response.status)) return null;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

function part(name, content, attributes = {}) {
  const made = document.createElement(name);
  made.append(...[content].flat());
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function time_of(text) {
  return part("time", clock.format(new Date(text)), { datetime: text, title: text });
}

function fact(name, content) {
  return part("div", [part("dt", name), part("dd", content)]);
}

function roster_card({ roster, state, since, online, source, certainty, shadowMembers }) {
  const facts = part("dl", [
    fact("Online", online === null ? "unknown" : numbers.format(online)),
    fact("Source", source ?? "none"),
    fact("Certainty", certainty ?? "unknown"),
    fact("In own memory", numbers.format(shadowMembers)),
  ], { class: "store-facts" });
  const words = part("p", [`${kWords[state] ?? ""}, since `, time_of(since)]);
  const title = part("h3", roster);
  const badge = part("p", state, { class: "store-state" });
  return part("li", [title, badge, words, facts], { class: "card", "data-store": state });
}

function change_item({ roster, at, from, to, reason, shard }) {
  const place = shard === undefined ? "" : ` (thread ${shard})`;
  const about = part("span", [time_of(at), ` ${roster}${place}`], { class: "about" });
  return part("li", [`${from} → ${to}: ${reason}`, about], { "data-store": to });
}

function server_words(name, { configured, up }) {
  if (!configured) return `${name} is not configured`;
  return `${name} is ${up ? "up" : "down"}`;
}

// A screen reader hears of changes alone, not of every look.
function announce(rosters) {
  const news = rosters
    .filter(({ roster, state }) => (told_states.get(roster) ?? state) !== state)
    .map(({ roster, state }) => `${roster}: ${state}`);
  for (const { roster, state } of rosters) told_states.set(roster, state);
  if (news.length > 0) element("stores_news").textContent = news.join(", ");
}

// What has not changed stays as it is, with whatever is selected in it.
function replace(list, items) {
  const same = list.children.length === items.length &&
    items.every((item, i) => item.isEqualNode(list.children[i]));
  if (!same) list.replaceChildren(...items);
}

function show({ rosters, redis, postgres }) {
  const changes = rosters
    .flatMap(({ roster, history }) => history.map((change) => ({ roster, ...change })))
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
    .slice(0, kShownChanges);
  replace(element("store_cards"), rosters.map(roster_card));
  replace(element("store_changes"), changes.map(change_item));
  element("no_store_changes").hidden = changes.length > 0;
  element("store_servers").textContent =
    `${server_words("Redis", redis)}; ${server_words("PostgreSQL", postgres)}.`;
  announce(rosters);
  element("stores").hidden = false;
}

async function look() {
  clearTimeout(timer);
  try {
    const status = await ask();
    if (status === null) return void (element("stores").hidden = true);
    show(status);
  } catch {
    // What was last known stays; the page's head tells that the server is away.
  }
  clearTimeout(timer);
  timer = setTimeout(() => document.hidden || look(), kPollMs);
}

document.addEventListener("visibilitychange", () => document.hidden || look());
look();
