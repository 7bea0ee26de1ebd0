// The dashboard in a browser, with what it is told, for one test.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { open_browser, open_page } from "./browser.mjs";
import { start_rollcall, wait_for } from "./harness.mjs";
import { kNoSpread } from "./socket.mjs";

export const kPaths = {
  status: "/api/v1/status",
  nodes: "/api/v1/nodes",
  history: "/api/v1/history",
  stream: "/api/v1/dashboard/ws",
};
export const kPhone = { width: 360, height: 740 };
export const kDesk = { width: 1180, height: 820 };
const kStepMs = 10_000;
const kBoundMs = 60_000;  // a browser on a busy machine takes its time

// Where a person wants to look at the pictures, and nothing: they are taken all the same.
const pictures = process.env.ROLLCALL_PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

// The WebSocket of a page that shows what is not so.
const told_by = (answers) => (socket) => {
  const { [kPaths.status]: status, [kPaths.nodes]: nodes, [kPaths.history]: history } = answers;
  socket.send(JSON.stringify({ type: "rollcall.history", ...history }));
  socket.send(JSON.stringify({ type: "rollcall.node", status, nodes }));
};

// How often the page has asked how the node fares, and the types of what it was told unasked.
function listen_to(page) {
  const heard = { asked: 0, frames: [] };
  page.on("request", (request) => {
    if (request.url().endsWith(kPaths.status)) ++heard.asked;
  });
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) =>
    heard.frames.push(JSON.parse(payload).type)));
  return heard;
}

const at_end = [];
after(() => Promise.all(at_end.map((close) => close())));
let browser;

export const start_watched = (t, options) => start_rollcall(t, { env: kNoSpread, ...options });

// {page, complaints, context, heard}: the dashboard of `server`; `answers` stand in for what the
// node tells, by path. One browser serves all tests of a file.
export async function open_dashboard(t, server, { answers, ...options } = {}) {
  browser ??= open_browser({ after: (close) => at_end.push(close) });
  const opened = await open_page(await browser, "about:blank",
    { viewport: kDesk, colorScheme: "light", ...options });
  t.after(() => opened.context.close());
  opened.page.setDefaultTimeout(kBoundMs);
  for (const [path, json] of Object.entries(answers ?? {})) {
    await opened.page.route(`**${path}`, (route) => route.fulfill({ json }));
  }
  if (answers) await opened.page.routeWebSocket(`**${kPaths.stream}`, told_by(answers));
  const heard = listen_to(opened.page);
  await opened.page.goto(`${server.url}/dashboard`);
  return { ...opened, heard };
}

export async function look_at(page, name) {
  const picture = await page.screenshot({
    fullPage: true, path: pictures && join(pictures, `${name}.png`),
  });
  assert.ok(picture.length > 10_000, `${name} is an empty picture`);
}

export const text_of = (page, selector) => page.textContent(selector);

export const shows = (page, selector, pattern, bound_ms = kBoundMs) => wait_for(
  async () => pattern.test(await page.textContent(selector)),
  { what: `${pattern} in ${selector}`, bound_ms });

export async function assert_fits(page, { width }) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `the page is ${wide} wide`);
}

// An hour in which people came, Redis was away for a while, and few read too slowly.
function busy_hour(now, steps = 360) {
  const at = Array.from({ length: steps }, (_, i) => now - (steps - 1 - i) * kStepMs);
  const wave = (base, height, pace) =>
    at.map((_, i) => Math.round(base + i / 3 + height * Math.sin(i / pace) + (i * 7) % 5));
  const is_away = (i) => i > 200 && i < 240;
  const beats = wave(60, 8, 40);
  const none = at.map(() => 0);
  const slow = at.map((_, i) => (i === 120 ? 2 : i === 300 ? 1 : 0));
  return {
    stepMs: kStepMs, at,
    websockets: wave(800, 60, 45),
    messagesIn: wave(30, 6, 25),
    messagesOut: wave(420, 90, 30),
    slowConsumers: slow, slowConsumersTotal: 5,
    beats: {
      memory: none,
      redis: beats.map((rate, i) => (is_away(i) ? 0 : rate)),
      postgres: beats.map((rate, i) => (is_away(i) ? rate : 0)),
      local: none,
    },
    rosters: [
      { roster: "online_sessions", online: wave(1200, 90, 50) },
      { roster: "crm_navbar", online: wave(240, 20, 35) },
    ],
  };
}

const ago = (now, minutes) => new Date(now - minutes * 60_000).toISOString();

function busy_status(now, history) {
  const normal = { state: "normal", source: "redis", certainty: "exact", shadowMembers: 600 };
  const since = ago(now, 20);
  const outage = [
    { at: ago(now, 26.5), from: "normal", to: "fallback", reason: "the link was cut" },
    { at: ago(now, 20.2), from: "fallback", to: "recovering", reason: "it is back" },
    { at: since, from: "recovering", to: "normal", reason: "all is brought back" },
  ];
  const rosters = history.rosters.map(({ roster, online }, i) => ({
    roster, ...normal, since, online: online.at(-1), history: i === 0 ? outage : [] }));
  const up = { configured: true, up: true, errors: 0, timeouts: 0 };
  return {
    node: "web-1", version: "0.1.0", at: ago(now, 0), uptimeMs: 86_400_000, draining: false,
    connections: history.websockets.at(-1) + 61, rosters,
    redis: { ...up, errors: 12, timeouts: 3 }, postgres: up, retention: [],
  };
}

function busy_nodes(now, history) {
  const node = (id, name, more) => ({ id, node: name, self: false, state: "live",
    since: ago(now, 1440), wasLost: false, startedAt: ago(now, 1440), connections: null,
    ...more });
  return {
    alone: false, heardAt: ago(now, 0),
    nodes: [
      node("3b9de5a1-6f0c-4e0e-8a3c-0d6f5b1c2e11", "web-1",
        { self: true, connections: history.websockets.at(-1) }),
      node("71c04f2e-2a55-4c39-9d7b-6a1e4f8b0c22", "web-2", { connections: 911 }),
      node("c2f7a690-90be-4b4f-b1f4-7c3d2e9a5d33", "web-3",
        { state: "gone", wasLost: true, since: ago(now, 41) }),
    ],
  };
}

// What the API of a node with much to do tells, by path.
export function busy_answers(now = Date.now()) {
  const history = busy_hour(now);
  return {
    [kPaths.status]: busy_status(now, history),
    [kPaths.nodes]: busy_nodes(now, history),
    [kPaths.history]: history,
  };
}
