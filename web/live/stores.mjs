// Where the number comes from: the state of each roster's stores, and how it changed. Hidden where
// the status needs a key, which this page has not.

import { element, fact, numbers, part, replace, time_of } from "./parts.mjs";
import { on_status } from "./status.mjs";

const kShownChanges = 20;
const kWords = {
  normal: "its store answers",
  recovering: "its store is back, and is being filled",
  fallback: "PostgreSQL answers in place of Redis",
  local: "no store answers: this node counts what it knows itself",
};

const told_states = new Map();

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

on_status((status) => {
  if (status === null) element("stores").hidden = true;
  else show(status);
});
