// When a connection comes back, and when it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fix_random } from "./fake_clock.mjs";
import { load } from "./modules.mjs";

const { full_jitter_ms } = await load("backoff");
const { Returning } = await load("returning");
const ending = (code, lasted_ms = 0, reason = "") => ({ code, reason, lasted_ms });

test("waits are anywhere below a bound that doubles up to the longest", (t) => {
  const backoff = { first_ms: 500, longest_ms: 30_000 };
  fix_random(t, 1);
  const bounds = Array.from({ length: 9 }, (_, failures) => full_jitter_ms(failures, backoff));
  assert.deepEqual(bounds, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  Math.random = () => 0;
  assert.equal(full_jitter_ms(20, backoff), 0);
});

test("the wait grows while nothing lasts, and begins anew after what did", (t) => {
  fix_random(t, 1);
  const returning = new Returning();
  const wait_ms = (lasted_ms) => returning.after(ending(1006, lasted_ms)).wait_ms;
  assert.deepEqual([wait_ms(0), wait_ms(0), wait_ms(4_000)], [500, 1000, 2000]);
  assert.deepEqual([wait_ms(5_000), wait_ms(0)], [500, 1000]);
});

test("a node that stops says when to come back", (t) => {
  fix_random(t, 1);
  const hinted = (reason) => new Returning().after(ending(1001, 9_000, reason));
  assert.deepEqual(hinted('{"reconnectMs":1234}'), { final: false, wait_ms: 1234, asked: true });
  assert.deepEqual(hinted('{"reconnectMs":0}'), { final: false, wait_ms: 0, asked: true });
  assert.equal(hinted('{"reconnectMs":250000}').wait_ms, 250_000);
  assert.equal(hinted('{"reconnectMs":1e12}').wait_ms, 300_000);
  for (const reason of ["", "going away", "{}", "null", '{"reconnectMs":-1}']) {
    assert.deepEqual(hinted(reason), { final: false, wait_ms: 500, asked: false }, reason);
  }
  const other = new Returning().after(ending(4008, 9_000, '{"reconnectMs":1234}'));
  assert.equal(other.wait_ms, 500);
});

test("who was disconnected on purpose stays away", () => {
  assert.deepEqual(new Returning().after(ending(4403, 9_000)), { final: true });
});

test("a token that expired is renewed once; a fresh one that is refused is final", () => {
  const returning = new Returning();
  assert.equal(returning.after(ending(4401, 60_000)).final, false);
  assert.equal(returning.after(ending(4401)).final, true);
  const lasting = new Returning();
  for (let i = 0; i < 5; ++i) assert.equal(lasting.after(ending(4401, 60_000)).final, false);
  const unlucky = new Returning();
  assert.equal(unlucky.after(ending(4401)).final, false);
  assert.equal(unlucky.after(ending(1006, 100)).final, false);
  assert.equal(unlucky.after(ending(4401)).final, false, "it was welcome in between");
});

test("a user with too many connections waits long; a slow one does not", (t) => {
  fix_random(t, 0.5);
  const crowded = new Returning().after(ending(4429));
  assert.deepEqual(crowded, { final: false, wait_ms: 30_250, asked: true });
  assert.deepEqual(new Returning().after(ending(4008, 9_000)),
    { final: false, wait_ms: 250, asked: false });
});
