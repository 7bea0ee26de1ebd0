import assert from "node:assert/strict";
import { test } from "node:test";
import { open_browser, open_page } from "./browser.mjs";
import { start_redis, start_rollcall, wait_for } from "./harness.mjs";

const kPhone = { width: 360, height: 740 };

function shown_count(page) {
  return page.textContent("#count");
}

async function shows(page, number, what) {
  await wait_for(async () => (await shown_count(page)) === String(number), { what });
}

async function luminance(page) {
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  return colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
}

test("every tab counts, and a closed one is gone at once", async (t) => {
  const server = await start_rollcall(t);
  const [one, two] = [await open_browser(t), await open_browser(t)];
  const first = await open_page(one, server.url);
  await shows(first.page, 1, "one tab shows 1");
  assert.equal(await first.page.textContent("#caption"), "person online");

  const second = await open_page(two, server.url);
  await shows(second.page, 2, "the second tab shows 2");
  await shows(first.page, 2, "the first tab hears of the second");

  await second.page.close({ runBeforeUnload: true });
  await shows(first.page, 1, "closing the second tab makes 1");

  assert.equal(await first.page.textContent("#source"), "memory");
  assert.equal(await first.page.textContent("#certainty"), "exact");
  assert.match(await first.page.textContent("#next_beat"), /^in \d+ s$/);
  assert.match(await first.page.getAttribute("#trend_line", "d"), /^M/);
  assert.deepEqual([...first.complaints, ...second.complaints], []);
});

test("a reload stays one session", async (t) => {
  const server = await start_rollcall(t);
  const { page, complaints } = await open_page(await open_browser(t), server.url);
  await shows(page, 1, "one tab shows 1");
  await page.reload();
  await shows(page, 1, "after a reload it is 1 again");
  assert.deepEqual(complaints, []);
});

test("a server that is gone leaves the last number, greyed, and a word", async (t) => {
  const server = await start_rollcall(t);
  const { page } = await open_page(await open_browser(t), server.url);
  await shows(page, 1, "one tab shows 1");
  await server.stop();
  await page.waitForSelector('body[data-state="lost"]', { timeout: 15_000 });
  assert.equal(await page.textContent("#state"), "reconnecting…");
  assert.equal(await shown_count(page), "1");

  await start_rollcall(t, { port: server.port });
  await page.waitForSelector('body[data-state="live"]', { timeout: 15_000 });
  await shows(page, 1, "the new server hears of the tab without a reload");
});

test("light and dark follow the system; a phone scrolls one way only", async (t) => {
  const server = await start_rollcall(t);
  const browser = await open_browser(t);
  const light = await open_page(browser, server.url, { colorScheme: "light", viewport: kPhone });
  const dark = await open_page(browser, server.url, { colorScheme: "dark", viewport: kPhone });
  await shows(dark.page, 2, "two pages show 2");
  assert.ok((await luminance(light.page)) > 200, "light paper");
  assert.ok((await luminance(dark.page)) < 50, "dark paper");
  for (const { page, complaints } of [light, dark]) {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= kPhone.width, `the page is ${width} wide`);
    assert.deepEqual(complaints, []);
  }
});

test("the page tells where the number comes from, and how that changed", async (t) => {
  const redis = await start_redis(t);
  const config = '[store]\nsettle = "1s"\n';
  const server = await start_rollcall(t, { config, args: ["--redis", redis.url] });
  const { page, complaints } = await open_page(await open_browser(t), server.url);
  await page.waitForSelector('#store_cards [data-store="normal"]', { timeout: 15_000 });
  assert.match(await page.textContent("#store_servers"),
    /^Redis is up; PostgreSQL is not configured\.$/);
  const card = () => page.textContent("#store_cards");
  await wait_for(async () => /^online_sessions.*Sourceredis.*Certaintyexact/.test(await card()), {
    what: "the source and the certainty",
  });
  assert.deepEqual(complaints, []);
  await redis.stop();
  await wait_for(async () => /^Redis is down/.test(await page.textContent("#store_servers")), {
    what: "the page tells that Redis is down",
  });
});

test("an at-least number carries a plus", async (t) => {
  const server = await start_rollcall(t);
  const { page } = await open_page(await open_browser(t), "about:blank");
  const headers = { "X-Rollcall-Source": "local", "X-Rollcall-Certainty": "at-least",
    "X-Rollcall-Next-Beat-Ms": "30000" };
  await page.route("**/api/sessions/*", (route) =>
    route.fulfill({ headers, json: { online: 42 } }));
  await page.goto(server.url);
  await shows(page, "42+", "the number and its plus");
});

test("a history is shown with its times, the latest change first", async (t) => {
  const server = await start_rollcall(t);
  const status = await (await fetch(`${server.url}/api/v1/status`)).json();
  const [at, later] = ["2026-01-31T09:30:00.125Z", "2026-01-31T09:30:07.250Z"];
  Object.assign(status.rosters[0], { state: "recovering", since: later, source: "postgres",
    certainty: "at-least", history: [
      { at, shard: 1, from: "normal", to: "fallback", reason: "<b>refused</b>" },
      { at: later, shard: 0, from: "fallback", to: "recovering", reason: "it is back" }] });
  const { page, complaints } = await open_page(await open_browser(t), "about:blank",
    { colorScheme: "dark", viewport: kPhone });
  await page.route("**/api/v1/status", (route) => route.fulfill({ json: status }));
  await page.goto(server.url);
  await page.waitForSelector('#store_cards [data-store="recovering"]', { timeout: 15_000 });
  const changes = await page.$$eval("#store_changes li", (items) =>
    items.map((item) => [item.firstChild.data, item.querySelector("time").dateTime]));
  assert.deepEqual(changes, [["fallback → recovering: it is back", later],
    ["normal → fallback: <b>refused</b>", at]]);
  assert.equal(await page.isVisible("#no_store_changes"), false);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= kPhone.width, `the page is ${width} wide`);
  Object.assign(status.rosters[0], { state: "normal" });
  const news = () => page.textContent("#stores_news");
  await wait_for(async () => (await news()) === "online_sessions: normal", {
    what: "the change is announced",
  });
  assert.deepEqual(complaints, []);
});

test("where the status needs a key, the page leaves it out", async (t) => {
  const server = await start_rollcall(t, { dev: false });
  const browser = await open_browser(t);
  const { page } = await open_page(browser, "about:blank");
  const asked = page.waitForResponse("**/api/v1/status");
  await page.goto(server.url);
  assert.equal((await asked).status(), 401);
  await shows(page, 1, "the page counts all the same");
  assert.equal(await page.isVisible("#stores"), false);
});

test("the page leads to what else the server has", async (t) => {
  const server = await start_rollcall(t);
  const { page } = await open_page(await open_browser(t), server.url);
  const links = await page.$$eval("footer a", (all) => all.map(({ href }) => href));
  assert.equal(links.length, 3);
  for (const link of links) assert.equal((await fetch(link)).status, 200, link);
});

test("nothing on the page is inline, and its policy says so", async (t) => {
  const server = await start_rollcall(t);
  const response = await fetch(server.url);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*/);
  assert.doesNotMatch(await response.text(), /<style|\sstyle=|\son\w+=|<script>/);
});
