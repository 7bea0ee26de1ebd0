// connect() and the React hooks in Chromium, on another origin than the server's.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { open_browser } from "../../../tests/e2e/browser.mjs";
import { start_rollcall } from "../../../tests/e2e/harness.mjs";
import { call } from "../../../tests/e2e/wire.mjs";
import { close, open_tab, start_site } from "./pages.mjs";
import { kTokenConfig, token_of } from "./socket_fixture.mjs";
import { kBoundMs, until } from "./until.mjs";

const browser = await open_browser({ after });

// The server, which allows a site's origin, and that site.
async function set_up(t) {
  const site = await start_site(t);
  const config = `[server]\nallowed_origins = ["${site}"]\n${kTokenConfig}`;
  const start = (port = 0) => start_rollcall(t, { dev: false, config, port });
  return { site, start, server: await start() };
}

// A tab whose connection is `window.connection`; what it tells is in `window.told`.
async function open_connected_tab({ site }, url, token, context) {
  const tab = await open_tab(context ?? await browser.newContext(), site);
  await tab.page.evaluate(([where, text]) => {
    window.told = [];
    window.connection = window.client.connect({ url: where, token: async () => text });
    const note = (name, words) => window.connection.on(name, (event) =>
      window.told.push(words(event)));
    note("state", ({ state, code }) => [state, code].filter(Boolean).join(" "));
    note("presence", ({ user, status }) => `${user} ${status}`);
    note("message", (message) => message);
  }, [url, token]);
  return tab;
}

const in_state = (page, state) => page.waitForFunction(
  (name) => window.connection.state === name, state, { timeout: kBoundMs });
const is_told = (page, text) => page.waitForFunction(
  (wanted) => window.told.includes(wanted), text, { timeout: kBoundMs });
const forget = (page) => page.evaluate(() => void window.told.splice(0));

describe("connect() in Chromium", { concurrency: 3 }, () => {
  test("users see each other come and go, over a restart and a reload", async (t) => {
    const { server, start, ...world } = await set_up(t);
    const ada = await open_connected_tab(world, server.url, token_of("ada"));
    const grace = await open_connected_tab(world, server.url, token_of("grace"));
    for (const { page } of [ada, grace]) await in_state(page, "open");
    await ada.page.evaluate(() => window.connection.watch(["grace", "alan"]));
    await is_told(ada.page, "grace online");
    await is_told(ada.page, "alan offline");
    await grace.page.evaluate(() => window.connection.setStatus("away"));
    await is_told(ada.page, "grace away");

    await forget(ada.page);
    await server.stop();
    await is_told(ada.page, "waiting 1001");
    await start(server.port);
    for (const { page } of [ada, grace]) await in_state(page, "open");
    await ada.page.waitForFunction(() => window.connection.presence.get("grace") === "away");
    await forget(ada.page);
    await close(grace);
    await is_told(ada.page, "grace offline");
    for (const { errors } of [ada, grace]) assert.deepEqual(errors, []);
  });

  test("without a network the connection waits, and then is back", async (t) => {
    const { server, ...world } = await set_up(t);
    const context = await browser.newContext();
    const { page, errors } = await open_connected_tab(world, server.url, token_of("ada"), context);
    await in_state(page, "open");
    await page.evaluate(() => {
      // Chromium's offline mode leaves open WebSockets alone; a network that is gone does not.
      WebSocket.prototype.send = () => {};
    });
    await context.setOffline(true);
    await in_state(page, "waiting");
    await context.setOffline(false);
    await in_state(page, "open");
    assert.deepEqual(errors, []);
  });

  test("a page learns that its token is refused, from another origin too", async (t) => {
    const { server, ...world } = await set_up(t);
    const { page } = await open_connected_tab(world, server.url, "no.such.token");
    await in_state(page, "closed");
    assert.equal(await page.evaluate(() => window.told.at(-1)), "closed 4401");
  });

  test("a page that was put aside leaves, and comes back with its watches", async (t) => {
    const { server, ...world } = await set_up(t);
    const ada = await open_connected_tab(world, server.url, token_of("ada"));
    const grace = await open_connected_tab(world, server.url, token_of("grace"));
    await grace.page.evaluate(() => window.connection.watch(["ada"]));
    await ada.page.evaluate(() => window.connection.watch(["grace"]));
    await is_told(ada.page, "grace online");
    await is_told(grace.page, "ada online");
    const happens = (type) => ada.page.evaluate((name) =>
      window.dispatchEvent(new PageTransitionEvent(name, { persisted: true })), type);
    await happens("pagehide");
    await is_told(grace.page, "ada offline");
    await grace.page.evaluate(() => window.connection.setStatus("away"));
    await happens("pageshow");
    await is_told(ada.page, "grace away");
  });

  test("React components show the number and who is here", async (t) => {
    const { server, ...world } = await set_up(t);
    const grace = await open_connected_tab(world, server.url, token_of("grace"));
    await in_state(grace.page, "open");
    const query = new URLSearchParams({ url: server.url, token: token_of("ada") });
    const { page, errors } = await open_tab(await browser.newContext(), world.site,
      `/react.html?${query}`);
    const shows = (selector, text) => page.waitForFunction(
      ([where, wanted]) => document.querySelector(where)?.textContent === wanted,
      [selector, text], { timeout: kBoundMs });
    await shows("#online", "1");
    await shows("#grace", "online");
    await shows("#alan", "offline");
    await grace.page.evaluate(() => window.connection.setStatus("away"));
    await shows("#grace", "away");
    await page.evaluate(() => void window.seen_of_grace.splice(0));
    await page.click("#change");
    await shows("#linus", "offline");
    const seen = await page.evaluate(() => [...new Set(window.seen_of_grace)]);
    assert.deepEqual(seen, ["away"], "who is in both lists is known all the time");
    await page.click("#hide");
    await until(async () => {
      const { json } = await call(server, "GET", "/api/sessions/online");
      return json.online === 0;
    }, "the goodbye of the component");
    assert.deepEqual(errors, []);
  });
});
