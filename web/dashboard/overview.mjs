// The numbers of this moment, and what is wrong, if anything is.

import { element, fact, numbers, part, replace } from "/assets/parts.mjs";
import { on_told } from "./feed.mjs";

const rates = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const kStates = {
  recovering: "its store is back, and is being filled",
  fallback: "PostgreSQL answers in place of Redis",
  local: "no store answers: this node counts what it knows itself",
};
let told_troubles = "";

function online_words([sessions]) {
  if (sessions.online === null) return "unknown";
  return numbers.format(sessions.online) + (sessions.certainty === "at-least" ? "+" : "");
}

function troubles_of({ status, nodes }) {
  const { rosters, redis, postgres, retention } = status;
  const servers = Object.entries({ Redis: redis, PostgreSQL: postgres })
    .filter(([, { configured, up }]) => configured && !up)
    .map(([name]) => `${name} is down`);
  // Back and whole again, both stores are written to for a while: that is no trouble.
  const is_settled = ({ state, certainty }) => state === "normal"
    || (state === "recovering" && certainty === "exact");
  const states = rosters.filter((roster) => !is_settled(roster))
    .map(({ roster, state }) => `${roster}: ${kStates[state]}`);
  const lost = nodes.nodes.filter(({ state }) => state === "lost")
    .map(({ node }) => `Node ${node} is lost`);
  const failing = retention.filter(({ state }) => state === "failing")
    .map(({ policy }) => `Policy ${policy} fails`);
  return [...servers, ...states, ...lost, ...failing];
}

const sum = (list) => list.reduce((total, each) => total + each, 0);

on_told(({ status, nodes, history }) => {
  const latest = (column) => column.at(-1) ?? 0;
  const { messagesIn, messagesOut, beats } = history;
  const here = nodes.nodes.find(({ self }) => self);
  const sockets = here?.connections ?? latest(history.websockets);
  const tiles = [
    fact("People online", online_words(status.rosters)),
    fact("WebSockets", numbers.format(sockets)),
    fact("Messages a second", rates.format(latest(messagesIn) + latest(messagesOut))),
    fact("Beats a second", rates.format(sum(Object.values(beats).map(latest)))),
    fact("Connections, all", numbers.format(status.connections)),
  ];
  replace(element("tiles"), tiles);
  const troubles = troubles_of({ status, nodes });
  replace(element("troubles"), troubles.map((words) => part("li", words)));
  const words = troubles.join("; ");
  if (words !== told_troubles) element("news").textContent = words || "All is well again";
  told_troubles = words;
});
