// The nodes of the cluster, and those that have gone.

import { element, numbers, part, replace, time_of } from "/assets/parts.mjs";
import { on_told } from "./feed.mjs";

const kLateMs = 10_000;
const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function moment_of(text) {
  return part("time", days.format(new Date(text)), { datetime: text, title: text });
}

function state_of({ state, wasLost, since }) {
  const words = state === "gone" && wasLost ? "gone, was lost" : state;
  const kind = state === "live" ? "normal" : state === "lost" ? "down" : "gone";
  const badge = part("span", words, { class: "badge", "data-state": kind });
  return state === "live" ? [badge] : [badge, " since ", time_of(since)];
}

function node_row(node) {
  const name = node.self ? `${node.node} (this one)` : node.node;
  const connections = node.state === "gone" || node.connections === null
    ? "–" : numbers.format(node.connections);
  return part("tr", [
    part("th", name, { scope: "row" }),
    part("td", state_of(node)),
    part("td", connections, { class: "number" }),
    part("td", node.startedAt ? moment_of(node.startedAt) : "unknown"),
    part("td", part("code", node.id.slice(0, 8), { title: node.id })),
  ], { "data-state": node.state });
}

on_told(({ nodes, status }) => {
  const note = element("nodes_note");
  const age_ms = Date.parse(status.at) - Date.parse(nodes.heardAt);
  if (nodes.alone) {
    replace(note, [part("span", "Without Redis a node knows of no other.")]);
  } else if (nodes.heardAt === null) {
    replace(note, [part("span", "Redis has not answered yet, so none is known.")]);
  } else {
    const late = ["Redis does not tell: this was known at ", time_of(nodes.heardAt)];
    const is_told = status.redis.up && age_ms < kLateMs;
    replace(note, [part("span", is_told ? "As Redis tells it." : late)]);
  }
  const own_first = [...nodes.nodes].sort((one, other) => other.self - one.self);
  replace(element("nodes"), own_first.map(node_row));
});
