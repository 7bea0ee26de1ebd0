// The pace of heartbeats, in a tab and in several, against a server that answers as it is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { install_channels, install_locks, install_storage, set_global } from "./fake_browser.mjs";
import { fix_random, start_fake_clock } from "./fake_clock.mjs";
import { load } from "./modules.mjs";

const { begin_visit } = await load("visit");
const { retry_after_ms } = await load("beat");

const kPaceMs = 20_000;
const kSession = { url: new URL("http://rollcall.test/"), id: { sessionId: "ada" } };
const kAnswer = () => Response.json({ online: 7 }, {
  headers: { "X-Rollcall-Next-Beat-Ms": String(kPaceMs), "X-Rollcall-Source": "memory",
    "X-Rollcall-Certainty": "exact" },
});

// `answer()` is what the server says next; `beats` are the times of those that came, in ms since
// the start; tab() is one more tab of this browser.
function set_up(t) {
  const freeze = install_channels(t);
  install_locks(t);
  install_storage(t);
  fix_random(t, 1);
  const clock = start_fake_clock(t);
  const began = clock.now();
  const world = { ...clock, freeze, beats: [], goodbyes: [], counts: [], failures: [], answer: kAnswer };
  set_global(t, "document", { visibilityState: "visible" });
  set_global(t, "fetch", async (url, { body }) => {
    const said = JSON.parse(body);
    (said.leave ? world.goodbyes : world.beats).push(clock.now() - began);
    return world.answer();
  });
  world.tab = () => begin_visit(kSession, {
    counted: ({ online }) => world.counts.push(online),
    failed: (reason) => world.failures.push(reason),
  });
  return world;
}

test("a tab beats at once, and then at the pace that the server asks for", async (t) => {
  const { pass, tab, beats, counts } = set_up(t);
  const visit = tab();
  await pass(0);
  assert.deepEqual([beats, counts], [[0], [7]]);
  await pass(3 * kPaceMs);
  assert.deepEqual(beats, [0, kPaceMs, 2 * kPaceMs, 3 * kPaceMs]);
  visit.end();
  await pass(10 * kPaceMs);
  assert.equal(beats.length, 4);
});

test("a hidden tab slows down, and beats at once when it is seen again", async (t) => {
  const { pass, tab, beats } = set_up(t);
  document.visibilityState = "hidden";
  const visit = tab();
  await pass(2 * kPaceMs + 5_000);
  assert.deepEqual(beats, [0, 2 * kPaceMs]);
  document.visibilityState = "visible";
  visit.beat_soon();
  await pass(0);
  assert.equal(beats.at(-1), 2 * kPaceMs + 5_000);
  visit.beat_soon();
  await pass(kPaceMs);
  assert.deepEqual(beats.slice(3), [3 * kPaceMs + 5_000], "a fresh answer is not asked for again");
});

test("one tab beats for all, and all hear of it", async (t) => {
  const { pass, tab, beats, counts, goodbyes } = set_up(t);
  const tabs = [tab(), tab(), tab()];
  await pass(2 * kPaceMs);
  assert.deepEqual(beats, [0, kPaceMs, 2 * kPaceMs]);
  assert.equal(counts.length, 9);
  tabs[0].end();
  await pass(5_000);
  assert.deepEqual(goodbyes, [2 * kPaceMs]);
  const taken_back = [2 * kPaceMs, 2 * kPaceMs + 3_000];
  assert.deepEqual(beats.slice(3), taken_back, "by the next one");
  tabs[2].end();
  assert.equal(goodbyes.length, 1, "who does not lead has nothing to say");
  await pass(0);
  const before = beats.length;
  tabs[1].end();
  await pass(kPaceMs);
  assert.equal(goodbyes.length, 2);
  assert.equal(beats.length, before);
});

test("tabs that are closed together leave no one behind", async (t) => {
  const { pass, tab, beats, goodbyes } = set_up(t);
  const tabs = [tab(), tab(), tab()];
  await pass(1_000);
  tabs.forEach((each) => each.end());
  await pass(kPaceMs);
  assert.equal(beats.length, 1);
  assert.equal(goodbyes.length, 1);
});

test("a tab that is seen gets its number at the pace from a leader that is not", async (t) => {
  const { pass, tab, beats } = set_up(t);
  document.visibilityState = "hidden";
  const leader = tab();
  await pass(0);
  document.visibilityState = "visible";
  const seen = tab();
  await pass(0);
  document.visibilityState = "hidden";
  await pass(kPaceMs + 2_500);
  assert.deepEqual(beats, [0, kPaceMs + 2_000]);
  leader.end();
  seen.end();
});

test("failures are retried with full jitter, and Retry-After is kept to", async (t) => {
  const world = set_up(t);
  const { pass, tab, beats, failures } = world;
  world.answer = () => Promise.reject(new TypeError("no network"));
  const visit = tab();
  await pass(3_000);
  assert.deepEqual(beats, [0, 1_000, 3_000]);
  assert.deepEqual(failures, Array(3).fill("TypeError: no network"));
  world.answer = () => new Response("", { status: 429, headers: { "Retry-After": "40" } });
  await pass(4_000);
  visit.beat_soon();
  await pass(39_000);
  assert.deepEqual(beats.slice(3), [7_000], "not even when the page comes back");
  world.answer = kAnswer;
  await pass(9_000);
  assert.deepEqual(beats.slice(4), [7_000 + 40_000 + 8_000]);
  world.answer = () => new Response("", { status: 503 });
  await pass(kPaceMs + 1_000);
  assert.deepEqual(beats.slice(5), [55_000 + kPaceMs, 55_000 + kPaceMs + 1_000], "from anew");
  assert.deepEqual(failures.slice(3), ["status 429", "status 503", "status 503"]);
  visit.end();
});

test("a wait that nobody could mean is over when the server answers", async (t) => {
  const world = set_up(t);
  const { pass, tab, beats } = world;
  world.answer = () => new Response("", { status: 503, headers: { "Retry-After": "9999999" } });
  const visit = tab();
  await pass(0);
  world.answer = kAnswer;
  await pass(3_600_000);
  assert.deepEqual(beats, [0, 3_600_000]);
  await pass(5_000);
  visit.beat_soon();
  await pass(0);
  assert.equal(beats.at(-1), 3_605_000, "the page came back");
  visit.end();
});

test("a clock that is set back holds nothing up", async (t) => {
  const { pass, set_by, tab, beats } = set_up(t);
  const kDayMs = 24 * 3_600_000;
  const [leader, other] = [tab(), tab()];
  await pass(0);
  set_by(-kDayMs);
  leader.beat_soon();
  other.beat_soon();
  await pass(kPaceMs);
  assert.equal(beats.length, 3, "one at once, and the next at the pace");
  assert.equal(beats.at(-1) - beats.at(-2), kPaceMs);
  leader.end();
  other.end();
});

test("a leader that is frozen is replaced by a tab that is seen", async (t) => {
  const { pass, tab, beats, counts, freeze } = set_up(t);
  const frozen = tab();
  await pass(1_000);
  const thaw = freeze(0);
  const fresh = tab();
  await pass(2_000 + 3_000);
  assert.deepEqual(beats, [0, 6_000], "who asks gets no answer");
  assert.deepEqual(counts, [7, 7]);
  thaw();
  frozen.beat_soon();
  await pass(kPaceMs);
  assert.deepEqual(beats.slice(2), [6_000 + kPaceMs], "and follows when it is back");
  frozen.end();
  fresh.end();
});

test("who no longer leads beats no more, even when an answer comes late", async (t) => {
  const world = set_up(t);
  const { pass, tab, beats, freeze } = world;
  let answer;
  world.answer = () => new Promise((done) => (answer = () => done(kAnswer())));
  const late = tab();
  await pass(0);
  const thaw = freeze(0);
  world.answer = kAnswer;
  const other = tab();
  await pass(5_000);
  thaw();
  answer();
  await pass(2_000 + kPaceMs);
  assert.deepEqual(beats, [0, 5_000, 7_000, 7_000 + kPaceMs], "the third, for it asked");
  late.end();
  other.end();
});

test("a leader that meets with errors is left in its place", async (t) => {
  const world = set_up(t);
  const { pass, tab, failures } = world;
  world.answer = () => new Response("", { status: 503 });
  const tabs = [tab(), tab(), tab()];
  await pass(120_000);
  tabs[1].beat_soon();
  const before = failures.length;
  await pass(60_000);
  assert.ok(failures.length <= before + 3, `${failures.length - before} tries in a minute`);
  tabs.forEach((each) => each.end());
});

test("nonsense is no answer", async (t) => {
  const world = set_up(t);
  const { pass, tab, counts, failures } = world;
  for (const body of ["", "null", "{}", '{"online":"7"}', '{"online":1.5}']) {
    world.answer = () => new Response(body);
    const visit = tab();
    await pass(0);
    visit.end();
  }
  assert.equal(failures.length, 5);
  assert.deepEqual(counts, []);
});

test("an answer that never comes is given up", async (t) => {
  const world = set_up(t);
  const { pass, tab, beats } = world;
  set_global(t, "fetch", (url, { signal }) => new Promise((done, fail) => {
    beats.push(url);
    signal.addEventListener("abort", () => fail(signal.reason));
  }));
  const visit = tab();
  await pass(11_000);
  assert.equal(beats.length, 2);
  visit.end();
});

test("after a reload the second beat comes soon, for the goodbye may be late", async (t) => {
  const { pass, tab, beats } = set_up(t);
  const page = tab();
  await pass(100);
  page.end();
  const visit = tab();
  await pass(3_500);
  assert.deepEqual(beats, [0, 100, 3_100]);
  await pass(kPaceMs);
  assert.deepEqual(beats.slice(3), [3_100 + kPaceMs]);
  visit.end();
});

test("a page that is seen right after its first beat sends the second one, too", async (t) => {
  const { pass, tab, beats } = set_up(t);
  const [leader, follower] = [tab(), tab()];
  await pass(100);
  document.visibilityState = "hidden";
  leader.end();
  await pass(10);
  document.visibilityState = "visible";
  follower.beat_soon();
  await pass(4_000);
  assert.deepEqual(beats, [0, 100, 3_100]);
  follower.end();
});

test("Retry-After is seconds or a date", (t) => {
  const clock = start_fake_clock(t);
  assert.equal(retry_after_ms("2"), 2_000);
  const later = new Date(Math.ceil(clock.now() / 1000) * 1000 + 30_000);
  assert.equal(retry_after_ms(later.toUTCString()), later - clock.now());
  for (const text of [null, "", "soon", "-1", "0", "Thu, 01 Jan 1970 00:00:00 GMT"]) {
    assert.equal(retry_after_ms(text), null, String(text));
  }
});
