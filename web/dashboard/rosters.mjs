// How many are live in each roster, and which store said so.

import { element, numbers, part, replace, time_of } from "/assets/parts.mjs";
import { time_chart } from "./charts.mjs";
import { on_told } from "./feed.mjs";

const chart = time_chart(element("online_chart"), "Online, by roster");

function roster_row({ roster, online, source, certainty, state, since }) {
  const count = online === null ? "unknown"
    : numbers.format(online) + (certainty === "at-least" ? "+" : "");
  return part("tr", [
    part("th", roster, { scope: "row" }),
    part("td", count, { class: "number" }),
    part("td", part("span", state, { class: "badge", "data-state": state })),
    part("td", source ? `${source}, ${certainty}` : "none"),
    part("td", time_of(since)),
  ]);
}

on_told(({ status, history }) => {
  replace(element("rosters"), status.rosters.map(roster_row));
  chart.show({
    at: history.at,
    series: history.rosters.map(({ roster, online }) => ({ label: roster, values: online })),
  });
});
