// What a person sees of a run: progress on one line of a terminal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { database, make_hatchet, on_a_terminal, settings } from "./session_tables.mjs";

test("a run shows its progress on one line, and sums up", async (t) => {
  const db = await database();
  make_hatchet(db, { copies: 500 });
  const { code, shown } = await on_a_terminal(t, "run", "--config", settings(t, db));
  assert.equal(code, 0, shown);
  assert.match(shown, /\r\x1b\[Kuser_sessions: [^\r\n]*0 rows, 0 a second/);
  assert.match(shown, /\r\x1b\[Kuser_sessions: deleted 2,500 rows in [^\n]* for new rows\r\n$/);
  assert.doesNotMatch(shown, /\{"policy"/);
  const again = await on_a_terminal(t, "run", "--config", settings(t, db));
  assert.match(again.shown, /user_sessions: nothing to do, no row is due\r\n$/);
  const json = await on_a_terminal(t, "run", "--json", "--config", settings(t, db));
  assert.match(json.shown, /\{"policy":"user_sessions","event":"end"/);
});
