// The page's section about retention, as a person sees, hears and reaches it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open_browser, open_page } from "./browser.mjs";
import { start_rollcall, wait_for } from "./harness.mjs";

const kPhone = { width: 360, height: 740 };
const kError = 'relation "<b>gone</b>" does not exist';
const kRun = { at: "2026-01-31T09:30:00.125Z", outcome: "done", way: "backlog",
  reason: "no index begins with expires_at", deleted: 2604487, bytes: 1041794800, locked: 3,
  refused: 0, tookMs: 9120, error: null };
const kFailure = { ...kRun, at: "2026-01-31T09:40:00.000Z", outcome: "failed", way: "nothing",
  reason: "", deleted: 0, tookMs: 12, error: kError };
const kIdle = { policy: "sessions", table: '"UserSession"', state: "idle", running: null,
  nextAt: "2026-01-31T10:35:00.000Z", runs: [kRun], deleted: 2604487, bytes: 1041794800,
  failures: 0, backlog: 0, oldestMs: null };
const kRunning = { ...kIdle, state: "running", backlog: 3800, oldestMs: 7_500_000, running: {
  way: "backlog", reason: "", due: 5000, deleted: 1200, percent: 24, elapsedMs: 4100,
  rowsPerSecond: 293, timeLeftMs: 12_000, slowedBy: "a replica" } };
const kFailing = { ...kIdle, policy: "other", state: "failing", failures: 1, runs: [kFailure] };

// {page, complaints, tell(policies)}: the page of a server that tells of these.
async function open_told(t, policies, options = {}) {
  const server = await start_rollcall(t);
  const status = await (await fetch(`${server.url}/api/v1/status`)).json();
  let told = policies;
  const opened = await open_page(await open_browser(t), "about:blank", options);
  await opened.page.route("**/api/v1/status", (route) =>
    route.fulfill({ json: { ...status, retention: told } }));
  await opened.page.goto(server.url);
  return { ...opened, tell: (next) => (told = next) };
}

test("without policies there is no section", async (t) => {
  const { page, complaints } = await open_told(t, []);
  await page.waitForSelector("#store_cards li");
  assert.ok(await page.isHidden("#retention"));
  assert.deepEqual(complaints, []);
});

test("a policy shows what it did, and its runs, the latest first", async (t) => {
  const { page, complaints } = await open_told(t, [kIdle, kFailing],
    { colorScheme: "dark", viewport: kPhone });
  const card = page.locator('#policies [data-retention="idle"]');
  await card.waitFor();
  assert.equal(await card.locator("h3").textContent(), "sessions");
  const facts = await card.locator("dd").allTextContents();
  assert.match(facts[0], /^2,604,487 rows, 1 GB$/);
  assert.equal(facts[1], "0 rows");
  assert.equal(await card.locator("time").getAttribute("datetime"), kIdle.nextAt);
  assert.equal(await page.textContent('[data-retention="failing"] .problem'), kError);
  const runs = await page.$$eval("#runs li", (items) =>
    items.map((item) => [item.firstChild.data, item.querySelector("time").dateTime]));
  assert.deepEqual(runs, [[`failed: ${kError}`, kFailure.at],
    ["done: 2,604,487 rows in 9 s, 3 locked", kRun.at]]);
  assert.equal(await page.locator("#retention b").count(), 0, "what it tells is text");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= kPhone.width, `the page is ${width} wide`);
  assert.deepEqual(complaints, []);
});

test("a run shows how far it is", async (t) => {
  const { page, tell } = await open_told(t, [kRunning]);
  const bar = page.getByRole("progressbar", { name: "Run of sessions" });
  await bar.waitFor();
  assert.equal(await bar.getAttribute("value"), "24");
  assert.equal(await page.textContent("#policies progress + p"),
    "1,200 of about 5,000 rows gone, 293 a second, about 12 s left, slowed by a replica");
  assert.match(await page.textContent("#policies dl"), /3,800 rows, up to 2 h 5 min old.*now/);
  tell([{ ...kRunning, running: { ...kRunning.running, way: "nothing", percent: null } }]);
  await page.waitForSelector("#policies progress:indeterminate", { timeout: 15_000 });
  assert.equal(await page.textContent("#policies progress + p"), "looks at the table");
  tell([kIdle]);
  await bar.waitFor({ state: "detached", timeout: 15_000 });
});

test("a screen reader hears of a failure and of its end, once each", async (t) => {
  const { page, tell } = await open_told(t, [kIdle]);
  await page.waitForSelector('#policies [data-retention="idle"]');
  assert.equal(await page.textContent("#retention_news"), "");
  const hears = (words) => wait_for(
    async () => (await page.textContent("#retention_news")) === words,
    { what: `"${words}" is announced`, bound_ms: 15_000 });
  tell([{ ...kFailing, policy: "sessions" }]);
  await hears("sessions fails");
  tell([{ ...kRunning }]);
  await page.waitForSelector('#policies [data-retention="running"]', { timeout: 15_000 });
  assert.equal(await page.textContent("#retention_news"), "sessions fails");
  tell([kIdle]);
  await hears("sessions works again");
});

test("the list of runs is reached by the keyboard, and has a name", async (t) => {
  const { page } = await open_told(t, [kIdle]);
  const runs = page.getByRole("list", { name: "Latest runs of this node" });
  await runs.waitFor();
  await runs.focus();
  assert.equal(await page.evaluate(() => document.activeElement.id), "runs");
  await page.getByRole("region", { name: "What is kept small" }).waitFor();
});
