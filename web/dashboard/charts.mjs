// Charts over the last hour, each with its numbers as a table for whoever does not see it.

import { numbers, part, replace } from "/assets/parts.mjs";

const { Chart } = globalThis;
const kShortestMs = 3 * 60_000;
const kTickSteps = [1, 2, 5, 10, 15].map((minutes) => minutes * 60_000);
const kMostTicks = 7;
const kTableRows = 20;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const dark = matchMedia("(prefers-color-scheme: dark)");
const kDashes = [[], [6, 4], [2, 3], [10, 4, 2, 4]];
const all = [];

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function time_scale() {
  return {
    type: "linear",
    grid: { display: false },
    ticks: { color: color("--quiet"), maxRotation: 0, callback: (at) => clock.format(at) },
    afterBuildTicks(scale) {
      const span = scale.max - scale.min;
      const step = kTickSteps.find((each) => span / each <= kMostTicks) ?? kTickSteps.at(-1);
      scale.ticks = [];
      for (let at = Math.ceil(scale.min / step) * step; at <= scale.max; at += step) {
        scale.ticks.push({ value: at });
      }
    },
  };
}

function options_of(is_stacked) {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: time_scale(),
      y: {
        stacked: is_stacked,
        beginAtZero: true,
        suggestedMax: 4,
        border: { display: false },
        grid: { color: color("--line"), drawBorder: false },
        ticks: { color: color("--quiet"), maxTicksLimit: 5,
          callback: (value) => numbers.format(value) },
      },
    },
    plugins: {
      legend: { position: "bottom", align: "start",
        labels: { color: color("--ink"), boxWidth: 24, boxHeight: 0 } },
      tooltip: { callbacks: { title: ([{ parsed }]) => seconds.format(parsed.x) } },
    },
  };
}

function dataset_of(points, i, is_stacked) {
  const shade = color(`--series-${(i % 4) + 1}`);
  return {
    label: points.label,
    data: points.data,
    borderColor: shade,
    backgroundColor: `${shade}${is_stacked ? "40" : "18"}`,
    borderWidth: 2,
    borderDash: kDashes[i % kDashes.length],
    pointRadius: points.data.length < 3 ? 3 : 0,
    fill: is_stacked ? "stack" : i === 0,
    tension: 0.2,
    clip: 4,
  };
}

// {show({at, series: [{label, values}]})}; `place` is filled with a chart named `title`.
export function time_chart(place, title, { is_stacked = false } = {}) {
  const canvas = part("canvas", [], { role: "img" });
  const caption = part("caption", `${title}, the latest first`, { class: "unseen" });
  const [head, body] = [part("tr", []), part("tbody", [])];
  const table = part("table", [caption, part("thead", head), body]);
  const scroll = part("div", table, { class: "scroll", tabindex: 0, role: "group",
    "aria-label": `${title} as a table` });
  const details = part("details", [part("summary", "As a table"), scroll]);
  place.append(part("div", canvas, { class: "chart" }), details);
  let told = { at: [], series: [] };
  let chart;

  function draw() {
    const latest = told.at.at(-1) ?? Date.now();
    const points = told.series.map(({ label, values }) => ({
      label, data: values.map((y, i) => ({ x: told.at[i], y })),
    }));
    const options = options_of(is_stacked);
    const first = Math.min(told.at[0] ?? latest, latest - kShortestMs);
    Object.assign(options.scales.x, { min: first, max: latest });
    const datasets = points.map((each, i) => dataset_of(each, i, is_stacked));
    if (chart) {
      chart.options = options;
      chart.data.datasets = datasets;
      chart.update();
    } else {
      chart = new Chart(canvas, { type: "line", data: { datasets }, options });
    }
  }

  function fill_table() {
    if (!details.open) return;
    const names = ["Time", ...told.series.map(({ label }) => label)];
    replace(head, names.map((name) => part("th", name, { scope: "col" })));
    const rows = told.at.map((at, i) => part("tr", [
      part("th", seconds.format(at), { scope: "row" }),
      ...told.series.map(({ values }) =>
        part("td", values[i] === null ? "–" : numbers.format(values[i]), { class: "number" })),
    ]));
    replace(body, rows.reverse().slice(0, kTableRows));
  }

  function show(fresh) {
    const is_same = fresh.at.at(-1) === told.at.at(-1) && fresh.at.length === told.at.length
      && fresh.series.length === told.series.length;
    if (is_same && chart) return;
    told = fresh;
    const now = told.series.map(({ label, values }) =>
      `${label} ${numbers.format(values.at(-1) ?? 0)}`);
    canvas.setAttribute("aria-label", `${title}; now: ${now.join(", ") || "nothing"}`);
    draw();
    fill_table();
  }

  details.addEventListener("toggle", fill_table);
  all.push(draw);
  return { show };
}

dark.addEventListener("change", () => all.forEach((draw) => draw()));
