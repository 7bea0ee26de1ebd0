// The tabs of one browser in Chromium: one of them beats for all.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { open_browser } from "../../../tests/e2e/browser.mjs";
import { start_rollcall, wait_for } from "../../../tests/e2e/harness.mjs";
import { close, counts_during, open_beating_tab, shows, start_site } from "./pages.mjs";

const kFast = { config: '[sessions]\ntimeout = "6s"\n' }; // a beat in 1.6 s to 2 s
const browser = await open_browser({ after });

async function try_tabs(t, script) {
  const server = await start_rollcall(t, kFast);
  const world = { server, site: await start_site(t), browser };
  const context = await browser.newContext();
  await context.addInitScript(script);
  const ones = [];
  while (ones.length < 3) ones.push(await open_beating_tab(world, { context }));
  const other = await open_beating_tab(world);
  for (const { page } of [...ones, other]) await shows(page, 2);
  const before = ones.map(({ beats }) => beats.length);
  await wait_for(() => ones.some(({ beats }, i) => beats.length >= before[i] + 2), {
    what: "two more beats",
  });
  const beaten = ones.map(({ beats }, i) => beats.length - before[i]);
  assert.equal(beaten.filter((beats) => beats > 0).length, 1, `beats by tab: ${beaten}`);

  const leader = ones[beaten.findIndex((beats) => beats > 0)];
  const rest = ones.filter((tab) => tab !== leader);
  const silent = rest.map(({ beats }) => beats.length);
  const seen = await counts_during(server, async () => {
    await close(leader);
    await wait_for(() => rest.some(({ beats }, i) => beats.length >= silent[i] + 2), {
      what: "another tab beats on",
    });
  });
  assert.deepEqual(seen, [2], "nobody has left");
  await Promise.all(rest.map(close));
  await shows(other.page, 1);
  for (const { errors } of [...ones, other]) assert.deepEqual(errors, []);
}

async function try_seizing(t) {
  const server = await start_rollcall(t);
  const world = { server, site: await start_site(t), browser };
  const context = await browser.newContext();
  const leader = await open_beating_tab(world, { context });
  await shows(leader.page, 1);
  const seen = await open_beating_tab(world, { context });
  await shows(seen.page, 1);
  assert.deepEqual(seen.beats, [], "it follows");
  // To the others a tab that answers nothing is a frozen one.
  await leader.page.evaluate(() => (BroadcastChannel.prototype.postMessage = () => {}));
  await seen.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await wait_for(() => seen.beats.length > 0, { what: "a beat" });
}

describe("one tab of a browser beats for all of its tabs", { concurrency: true }, () => {
  test("by Web Locks", (t) => try_tabs(t, ""));
  test("unless it does not answer, by Web Locks", try_seizing);
  test("by an election", (t) => try_tabs(t, "delete Navigator.prototype.locks"));
});
