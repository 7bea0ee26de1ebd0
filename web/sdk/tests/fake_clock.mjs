// Time that passes when a test says so: setTimeout, clearTimeout and Date.now are this clock's
// until the test ends.
export function start_fake_clock(t) {
  const real = { setTimeout, clearTimeout, now: Date.now };
  const timers = new Map();
  let now_ms = Date.parse("2026-01-31T09:30:00Z");
  let last_id = 0;

  globalThis.setTimeout = (act, delay_ms = 0) => {
    timers.set(++last_id, { act, due_ms: now_ms + Math.max(0, delay_ms) });
    return last_id;
  };
  globalThis.clearTimeout = (id) => void timers.delete(id);
  Date.now = () => now_ms;
  t.after(() => {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Date.now = real.now;
  });

  const settle = () => new Promise((done) => setImmediate(done));

  // The timers of the next moment at which one ends.
  function next_due(end_ms) {
    const first_ms = Math.min(...[...timers.values()].map(({ due_ms }) => due_ms));
    if (first_ms > end_ms) return [];
    return [...timers].filter(([, { due_ms }]) => due_ms === first_ms);
  }

  // What promises do at a moment is done before the next moment.
  async function pass(span_ms) {
    const end_ms = now_ms + span_ms;
    await settle();
    for (let due; (due = next_due(end_ms)).length > 0;) {
      now_ms = due[0][1].due_ms;
      for (const [id, { act }] of due) if (timers.delete(id)) act();
      await settle();
    }
    now_ms = end_ms;
    await settle();
  }

  // As an administrator, or a better clock, sets it: what waits has to wait no longer for that.
  function set_by(span_ms) {
    now_ms += span_ms;
    for (const timer of timers.values()) timer.due_ms += span_ms;
  }

  return { pass, set_by, now: () => now_ms, waiting: () => timers.size };
}

// Replaces Math.random until the test ends.
export function fix_random(t, value) {
  const real = Math.random;
  Math.random = () => value;
  t.after(() => (Math.random = real));
}
