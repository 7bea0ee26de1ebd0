// heartbeat() in Chromium, on another origin than the server's.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { open_browser } from "../../../tests/e2e/browser.mjs";
import { start_rollcall } from "../../../tests/e2e/harness.mjs";
import { call } from "../../../tests/e2e/wire.mjs";
import {
  close, counts_during, is_stale, online, open_beating_tab, reload, shows, start_site,
} from "./pages.mjs";
import { until } from "./until.mjs";

const kFast = { config: '[sessions]\ntimeout = "6s"\n' }; // a beat in 1.6 s to 2 s
const browser = await open_browser({ after });

// A beat comes once a minute, unless the server says otherwise: what comes sooner has a reason.
async function set_up(t, options = {}) {
  const server = await start_rollcall(t, options);
  return { server, site: await start_site(t), browser };
}

async function set_visibility(page, state) {
  await page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

test("a reload is no departure", async (t) => {
  const world = await set_up(t);
  const say = (sessionId, more) => call(world.server, "POST", "/api/sessions/activity",
    { body: { sessionId, ...more } });
  await say("closed");
  const reloaded = await open_beating_tab(world);
  const { page, beats } = reloaded;
  await shows(page, 2);
  const seen = await counts_during(world.server, async () => {
    for (let i = 0; i < 3; ++i) {
      await reload(page, world.server);
      await shows(page, 2);
    }
    await say("closed", { leave: true, mayReturn: true });
    const member = "/api/v1/rosters/online_sessions/members/closed";
    await until(async () => !(await call(world.server, "GET", member)).json.live,
      "the end of a later goodbye's grace");
  });
  assert.deepEqual(seen, [2, 1]);
  assert.equal(new Set(beats).size, 1, "it stays one session");
});

// Most of them wait until the server believes a goodbye, 5 s.
describe("heartbeat() in Chromium", { concurrency: 3 }, () => {
  test("a hidden tab slows down, and one that is seen again beats at once", async (t) => {
    const world = await set_up(t);
    const { page, beats } = await open_beating_tab(world);
    await shows(page, 1);
    const other = await open_beating_tab(world);
    await shows(other.page, 2);
    await set_visibility(page, "hidden");
    assert.deepEqual(await page.evaluate(() => window.counts), [1], "as old as its beat");
    await is_stale(page);
    await set_visibility(page, "visible");
    await shows(page, 2);
    await until(() => beats.length === 2, "two beats in all");
  });

  test("a network that comes back is used at once", async (t) => {
    const world = await set_up(t);
    const context = await browser.newContext();
    const { page, errors } = await open_beating_tab(world, { context });
    await shows(page, 1);
    const other = await open_beating_tab(world);
    await shows(other.page, 2);
    await is_stale(page);
    await context.setOffline(true);
    await page.waitForFunction(() => !navigator.onLine);
    assert.equal(await page.evaluate(() => window.beats.count), 1, "the last number stands");
    await context.setOffline(false);
    await shows(page, 2);
    assert.deepEqual(errors, []);
  });

  test("a page that was put aside is not here; from there it is back at once", async (t) => {
    const world = await set_up(t);
    const { page, beats } = await open_beating_tab(world);
    await shows(page, 1);
    const happens = (type) => page.evaluate((name) =>
      window.dispatchEvent(new PageTransitionEvent(name, { persisted: true })), type);
    await happens("pagehide");
    await until(async () => (await online(world.server)) === 0, "the goodbye");
    await happens("pageshow");
    await until(async () => (await online(world.server)) === 1, "the return");
    await until(() => beats.length === 2, "two beats in all");
  });

  test("a restart of the server goes by unnoticed", async (t) => {
    const world = await set_up(t, kFast);
    const context = await browser.newContext();
    const one = await open_beating_tab(world, { context });
    const two = await open_beating_tab(world, { context });
    const other = await open_beating_tab(world);
    for (const { page } of [one, two]) await shows(page, 2);
    await world.server.stop();
    await start_rollcall(t, { ...kFast, port: world.server.port });
    await until(async () => (await online(world.server)) === 2, "two browsers");
    for (const { page, errors } of [one, two, other]) {
      await shows(page, 2);
      assert.deepEqual(errors, []);
    }
  });

  test("the server's cookie may say who this is", async (t) => {
    const world = await set_up(t);
    const context = await browser.newContext();
    const first = await open_beating_tab(world, { context, cookie: true });
    await shows(first.page, 1);
    assert.deepEqual(first.beats, ["{}"]);
    const [cookie] = await context.cookies(world.server.url);
    assert.equal(cookie.name, "user_session_id");
    await reload(first.page, world.server, { cookie: true });
    await shows(first.page, 1);
    await close(first);
    await until(async () => (await online(world.server)) === 0, "the goodbye");
  });
});
