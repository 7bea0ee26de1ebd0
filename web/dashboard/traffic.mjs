// WebSockets, messages and beats over the last hour, and who read too slowly.

import { element, numbers, part, replace, time_of } from "/assets/parts.mjs";
import { time_chart } from "./charts.mjs";
import { on_told } from "./feed.mjs";

const kShownSlow = 5;
const websockets_chart = time_chart(element("websockets_chart"), "WebSockets open");
const messages_chart = time_chart(element("messages_chart"), "Messages a second");
const beats_chart = time_chart(element("beats_chart"), "Beats a second, by source",
  { is_stacked: true });

function show_slow({ at, slowConsumers, slowConsumersTotal }) {
  const steps = at.map((time, i) => ({ time, count: slowConsumers[i] }))
    .filter(({ count }) => count > 0).reverse();
  const recent = steps.reduce((sum, { count }) => sum + count, 0);
  element("slow_words").textContent = slowConsumersTotal === 0
    ? "None: every client reads what it is sent."
    : `${numbers.format(recent)} in the last hour, ${numbers.format(slowConsumersTotal)} since `
      + "the start: closed with 4008, for they read too slowly.";
  replace(element("slow"), steps.slice(0, kShownSlow).map(({ time, count }) =>
    part("li", [`${numbers.format(count)} until `, time_of(new Date(time).toISOString())])));
}

// A source that never answered in the last hour is left out, but for the one that would.
function beats_series(beats, [{ source }]) {
  return Object.entries(beats).map(([label, values]) => ({ label, values }))
    .filter(({ label, values }) => label === source || values.some((value) => value > 0));
}

on_told(({ status, history }) => {
  const { at, websockets, messagesIn, messagesOut, beats } = history;
  websockets_chart.show({ at, series: [{ label: "of users", values: websockets }] });
  messages_chart.show({ at, series: [
    { label: "to clients", values: messagesOut },
    { label: "from clients", values: messagesIn },
  ] });
  beats_chart.show({ at, series: beats_series(beats, status.rosters) });
  show_slow(history);
});
