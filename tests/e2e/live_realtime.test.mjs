// The realtime half of the live page, in Chromium: each tab is a user.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open_browser, open_page } from "./browser.mjs";
import { start_rollcall, wait_for } from "./harness.mjs";
import { kNoSpread } from "./socket.mjs";
import { call } from "./wire.mjs";

const kConfig = '[realtime]\noffline_grace = "500ms"\n';
const start = (t, options = {}) =>
  start_rollcall(t, { config: kConfig, env: kNoSpread, ...options });

async function shows(page, selector, text, what = text) {
  await wait_for(async () => (await page.textContent(selector)) === text, { what });
}

// A tab as a user, in a context of its own.
async function open_tab(browser, server, user) {
  const tab = await open_page(browser, `${server.url}/?user=${user}`);
  await shows(tab.page, "#link", `connected as ${user}`);
  return tab;
}

async function watch(page, user) {
  await page.fill("#watch_user", user);
  await page.click("#watch_form button");
}

function sees(page, user, status) {
  return page.waitForSelector(`#watched [data-user="${user}"][data-status="${status}"]`,
    { timeout: 10_000 });
}

async function send_notice(page, to, text) {
  if (to === "everyone") await page.check("#to_everyone");
  else await page.fill("#notice_user", to);
  await page.fill("#notice_text", text);
  await page.click("#notice_form button");
}

const notices = (page) => page.locator("#notices li").evaluateAll(
  (items) => items.map((item) => item.firstChild.textContent));
const has_notices = (page, ...texts) => wait_for(
  async () => JSON.stringify(await notices(page)) === JSON.stringify(texts),
  { what: `the notices ${texts}` });

test("notices reach each tab of a user, or everyone, at once", async (t) => {
  const server = await start(t);
  const browser = await open_browser(t);
  const ada = await open_tab(browser, server, "ada");
  const ada_too = await open_tab(browser, server, "ada");
  const grace = await open_tab(browser, server, "grace");

  await send_notice(grace.page, "ada", "tea is ready");
  await has_notices(ada.page, "tea is ready");
  await has_notices(ada_too.page, "tea is ready");
  await shows(grace.page, "#notice_outcome", "Sent to 2 tabs of ada.");
  await send_notice(grace.page, "nobody", "hello?");
  await shows(grace.page, "#notice_outcome", "nobody is not here: not sent.");

  const markup = "<img src=x onerror=alert(1)> 𝄞";
  await send_notice(ada.page, "everyone", markup);
  await has_notices(grace.page, markup);
  await has_notices(ada_too.page, markup, "tea is ready");

  await call(server, "POST", "/api/v1/realtime/users/grace/messages", { body: "from a backend" });
  await has_notices(grace.page, "from a backend", markup);
  for (const { complaints } of [ada, ada_too, grace]) assert.deepEqual(complaints, []);
});

test("a watched user is online until the last tab closes", async (t) => {
  const server = await start(t);
  const browser = await open_browser(t);
  const watcher = await open_tab(browser, server, "grace");
  await watch(watcher.page, "ada");
  await sees(watcher.page, "ada", "offline");
  const one = await open_tab(browser, server, "ada");
  const two = await open_tab(browser, server, "ada");
  await sees(watcher.page, "ada", "online");
  const news = [];
  await watcher.page.exposeFunction("noted", (text) => news.push(text));
  await watcher.page.evaluate(() => new MutationObserver(() =>
    window.noted(document.getElementById("watch_news").textContent),
  ).observe(document.getElementById("watch_news"), { childList: true }));

  await one.page.close();
  await two.page.check("#away");
  await sees(watcher.page, "ada", "away");
  await two.page.uncheck("#away");
  await sees(watcher.page, "ada", "online");
  await two.page.close();
  await sees(watcher.page, "ada", "offline");
  const detail = await watcher.page.textContent('[data-user="ada"] .about');
  assert.match(detail, /^offline · (left|the connection broke) · \d/);
  assert.deepEqual(news, ["ada is away", "ada is online", "ada is offline"]);

  await watcher.page.click('[aria-label="Stop watching ada"]');
  assert.equal(await watcher.page.isVisible("#no_watched"), true);
  assert.deepEqual(watcher.complaints, []);
});

test("a tab changes its name, and a reload keeps it", async (t) => {
  const server = await start(t);
  const { page, complaints } = await open_page(await open_browser(t), server.url);
  await wait_for(async () => (await page.textContent("#link")).startsWith("connected as "));
  await page.fill("#user", "katherine j.");
  await page.click("#user_form button");
  await shows(page, "#link", "connected as katherine j.");
  await page.reload();
  await shows(page, "#link", "connected as katherine j.");
  await page.waitForSelector('#same_user[href="/?user=katherine%20j."]');
  assert.deepEqual(complaints, []);
});

test("after a restart of the server tabs come back, and watch on", async (t) => {
  const server = await start(t);
  const browser = await open_browser(t);
  const ada = await open_tab(browser, server, "ada");
  const grace = await open_tab(browser, server, "grace");
  await watch(grace.page, "ada");
  await sees(grace.page, "ada", "online");
  await server.stop();
  await shows(grace.page, "#link", "reconnecting…");
  await sees(grace.page, "ada", "unknown");
  await start(t, { port: server.port });
  await shows(ada.page, "#link", "connected as ada");
  await shows(grace.page, "#link", "connected as grace");
  await sees(grace.page, "ada", "online");
  await send_notice(grace.page, "ada", "back again");
  await has_notices(ada.page, "back again");
});

test("who is disconnected on purpose stays away until asked", async (t) => {
  const server = await start(t);
  const { page } = await open_tab(await open_browser(t), server, "ada");
  await call(server, "DELETE", "/api/v1/realtime/users/ada/connections");
  await shows(page, "#link", "disconnected by the server");
  assert.equal(await page.getAttribute("#realtime", "data-link"), "closed");
  await page.click("#user_form button");
  await shows(page, "#link", "connected as ada");
});

test("without --dev the page says that realtime needs a token", async (t) => {
  const server = await start(t, { dev: false });
  const { page } = await open_page(await open_browser(t), server.url);
  await page.waitForSelector("#needs_token:not([hidden])", { timeout: 10_000 });
  assert.match(await page.textContent("#needs_token"), /not started with\s+--dev/);
  assert.equal(await page.isVisible("#notice_form"), false);
  await shows(page, "#count", "1", "heartbeats are counted all the same");
});

test("every field has a label", async (t) => {
  const server = await start(t);
  const { page } = await open_tab(await open_browser(t), server, "ada");
  for (const name of ["Your name", "To", "Notice", "Watch a user"]) {
    assert.equal(await page.getByLabel(name, { exact: true }).count(), 1, name);
  }
  for (const name of ["I am away", "Everyone"]) {
    assert.equal(await page.getByRole("checkbox", { name }).count(), 1, name);
  }
});
