// When a silent connection is asked, and when it is given up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_fake_clock } from "./fake_clock.mjs";
import { load } from "./modules.mjs";

const { listen_for_silence } = await load("silence");

const kPingMs = 54_000;

function set_up(t) {
  const clock = start_fake_clock(t);
  const began = clock.now();
  const events = [];
  const note = (what) => () => events.push([what, clock.now() - began]);
  const silence = listen_for_silence(kPingMs, { probe: note("probe"), lost: note("lost") });
  return { ...clock, silence, events };
}

test("silence beyond the ping is asked about, and then is a loss", async (t) => {
  const { pass, events } = set_up(t);
  await pass(200_000);
  assert.deepEqual(events, [["probe", 59_000], ["lost", 69_000]]);
});

test("whatever is heard is a sign of life", async (t) => {
  const { pass, silence, events } = set_up(t);
  for (let i = 0; i < 5; ++i) {
    await pass(50_000);
    silence.heard();
  }
  assert.deepEqual(events, []);
  await pass(60_000);
  silence.heard();
  assert.deepEqual(events.map(([what]) => what), ["probe"]);
  await pass(50_000);
  silence.stop();
  await pass(100_000);
  assert.equal(events.length, 1);
});

test("a doubt is settled soon, and once for several", async (t) => {
  const { pass, silence, events } = set_up(t);
  await pass(1_000);
  silence.doubt();
  silence.doubt();
  await pass(2_000);
  silence.heard();
  silence.doubt();
  await pass(3_000);
  assert.deepEqual(events, [["probe", 1_000], ["probe", 3_000], ["lost", 6_000]]);
});
