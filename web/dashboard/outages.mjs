// The servers that the node stands on, and how the rosters' stores changed.

import { element, fact, numbers, part, replace, time_of } from "/assets/parts.mjs";
import { on_told } from "./feed.mjs";

const kShownChanges = 30;

function server_item([name, { configured, up, errors, timeouts }]) {
  if (!configured) {
    return part("li", [part("strong", name), part("span", "not configured", { class: "badge" })]);
  }
  const state = up ? "up" : "down";
  const facts = part("dl", [
    fact("Errors", numbers.format(errors)),
    fact("Timeouts", numbers.format(timeouts)),
  ]);
  const badge = part("span", state, { class: "badge", "data-state": up ? "normal" : "down" });
  return part("li", [part("strong", name), badge, facts]);
}

function change_item({ roster, at, from, to, reason, shard }) {
  const place = shard === undefined ? "" : ` (thread ${shard})`;
  const about = part("span", [time_of(at), ` ${roster}${place}`], { class: "about" });
  return part("li", [`${from} → ${to}: ${reason}`, about], { "data-state": to });
}

on_told(({ status: { redis, postgres, rosters } }) => {
  const changes = rosters
    .flatMap(({ roster, history }) => history.map((change) => ({ roster, ...change })))
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
    .slice(0, kShownChanges);
  replace(element("servers"), Object.entries({ Redis: redis, PostgreSQL: postgres })
    .map(server_item));
  replace(element("changes"), changes.map(change_item));
  element("changes").hidden = changes.length === 0;
  element("no_changes").hidden = changes.length > 0;
});
