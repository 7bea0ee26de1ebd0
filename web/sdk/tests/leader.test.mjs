// One leader among tabs, by Web Locks and by election.
import assert from "node:assert/strict";
import { test } from "node:test";
import { install_channels, install_locks, set_global } from "./fake_browser.mjs";
import { fix_random, start_fake_clock } from "./fake_clock.mjs";
import { load } from "./modules.mjs";

const { seek_lead } = await load("leader");
const { join_tabs } = await load("tabs");

const kLongMs = 60_000;

// Tabs by name, with who leads, and how to seize the lead and to leave.
function tab_starter(t) {
  const leaders = new Set();
  const tabs = {};
  t.after(() => Object.values(tabs).forEach((tab) => tab.leave()));
  const start = (name) => (tabs[name] = seek_lead("test", name, (leads) =>
    (leads ? leaders.add(name) : leaders.delete(name))));
  const quit = (name) => {
    tabs[name].leave();
    leaders.delete(name);
  };
  return { start, quit, seize: (name) => tabs[name].seize(), leaders: () => [...leaders] };
}

for (const [kind, install] of [["locks", install_locks], ["an election", install_channels]]) {
  test(`by ${kind} there is one leader, and another when it leaves`, async (t) => {
    if (kind === "an election") set_global(t, "navigator", {});
    install(t);
    const clock = start_fake_clock(t);
    const tabs = tab_starter(t);
    for (const name of ["b", "a", "c"]) tabs.start(name);
    await clock.pass(kLongMs);
    const [first, ...none] = tabs.leaders();
    assert.deepEqual(none, []);
    assert.ok(first);
    tabs.quit(first);
    await clock.pass(0);
    const [second, ...others] = tabs.leaders();
    assert.deepEqual(others, []);
    assert.ok(second && second !== first);
    for (const name of ["a", "b", "c"]) if (name !== first) tabs.quit(name);
    await clock.pass(kLongMs);
    assert.deepEqual(tabs.leaders(), []);
  });
}

for (const [kind, install] of [["locks", install_locks], ["an election", install_channels]]) {
  test(`by ${kind} the lead can be seized, and goes on from there`, async (t) => {
    if (kind === "an election") set_global(t, "navigator", {});
    install(t);
    const clock = start_fake_clock(t);
    const tabs = tab_starter(t);
    for (const name of ["b", "a"]) tabs.start(name);
    await clock.pass(kLongMs);
    for (const name of ["a", "b", "a", "a"]) {
      tabs.seize(name);
      tabs.seize(name);
      await clock.pass(0);
      assert.equal(tabs.leaders().length, 1);
      if (kind === "locks") assert.deepEqual(tabs.leaders(), [name]);
    }
    tabs.quit(tabs.leaders()[0]);
    await clock.pass(0);
    assert.equal(tabs.leaders().length, 1);
  });
}

test("two that claim the lead together settle for the lower id", async (t) => {
  set_global(t, "navigator", {});
  install_channels(t);
  fix_random(t, 0.5);
  const clock = start_fake_clock(t);
  const tabs = tab_starter(t);
  tabs.start("b");
  tabs.start("a");
  await clock.pass(1_000);
  assert.deepEqual(tabs.leaders(), ["a"]);
});

test("a leader that vanished without a word is replaced", async (t) => {
  set_global(t, "navigator", {});
  const crash = install_channels(t);
  const clock = start_fake_clock(t);
  const tabs = tab_starter(t);
  tabs.start("a");
  await clock.pass(1_000);
  tabs.start("b");
  await clock.pass(kLongMs);
  assert.deepEqual(tabs.leaders(), ["a"]);
  crash(0);
  await clock.pass(11_000);
  assert.ok(tabs.leaders().includes("b"));
});

test("without channels and locks a tab leads itself", async (t) => {
  set_global(t, "navigator", {});
  set_global(t, "BroadcastChannel", undefined);
  const clock = start_fake_clock(t);
  const tabs = tab_starter(t);
  tabs.start("a");
  await clock.pass(1_000);
  assert.deepEqual(tabs.leaders(), ["a"]);
});

test("where locks are refused, the tabs elect", async (t) => {
  install_channels(t);
  const refuse = () => Promise.reject(new DOMException("denied", "SecurityError"));
  set_global(t, "navigator", { locks: { request: refuse } });
  const clock = start_fake_clock(t);
  const tabs = tab_starter(t);
  tabs.start("a");
  tabs.start("b");
  await clock.pass(kLongMs);
  assert.equal(tabs.leaders().length, 1);
});

test("what the leader tells reaches the others, and those who come later", async (t) => {
  install_channels(t);
  install_locks(t);
  const clock = start_fake_clock(t);
  const told = [];
  const join = (name) => join_tabs("test", {
    led: () => told.push(`${name} leads`),
    followed() {},
    told: (news) => told.push(`${name} hears ${news}`),
    woken: () => told.push(`${name} is woken`),
  });
  const [one, two] = [join("one"), join("two")];
  await clock.pass(0);
  one.tell("7");
  await clock.pass(0);
  const late = join("late");
  two.wake();
  await clock.pass(0);
  one.leave();
  await clock.pass(0);
  assert.deepEqual(told, ["one leads", "two hears 7", "one is woken",
    "two hears 7", "late hears 7", "two hears 7", "late hears 7", "two leads"]);
  assert.deepEqual([one.leads(), two.leads(), late.leads()], [false, true, false]);
  two.leave();
  late.leave();
});
