// What a person sees: progress on one line of a terminal. And what a rebuild does and refuses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run_rollcall, start_process } from "./harness.mjs";
import { database, json_lines, kGoing, kinds_left, kStaying, make_hatchet, settings }
  from "./session_tables.mjs";

const kBinary = process.env.ROLLCALL_BINARY;

// script(1) gives the program a terminal, and passes its exit status on.
async function on_a_terminal(t, ...words) {
  const command = [kBinary, "retention", ...words].map((word) => `'${word}'`).join(" ");
  const run = start_process(t, "script", ["-qec", command, "/dev/null"]);
  const { code } = await run.exit;
  return { code, shown: run.output() };
}

// All that must not change but by the rows that go.
function description_of(db) {
  return db.sql(`SELECT '"UserSession"'::regclass::oid;
    SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '"UserSession"'::regclass
      ORDER BY 1;
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conrelid = '"UserSession"'::regclass ORDER BY 1;
    SELECT relacl, reloptions, relrowsecurity FROM pg_class
      WHERE oid = '"UserSession"'::regclass;
    SELECT md5(string_agg("UserSession"::text, '|' ORDER BY id)) FROM "UserSession"
      WHERE data->>'stays' = 'true'`);
}

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

test("a rebuild gives space back, and the table stays the same one", async (t) => {
  const db = await database();
  make_hatchet(db, { copies: 400 });
  db.sql(`GRANT SELECT ON "UserSession" TO PUBLIC;
    DELETE FROM "UserSession" WHERE ctid >= '(40,0)' AND ctid < '(180,0)'`);
  const file = settings(t, db);
  const before = description_of(db);
  const dry = await run_rollcall(t, ["retention", "rebuild", "--config", file, "--dry-run"]);
  assert.deepEqual([dry.code, dry.errors], [0, ""]);
  const [outlook, ...more] = json_lines(dry.output);
  assert.deepEqual([outlook.event, outlook.refusals, more], ["outlook", [], []]);
  assert.equal(description_of(db), before);
  assert.notEqual(kinds_left(db).split("|")[1], "0");

  const { code, shown } = await on_a_terminal(t, "rebuild", "--config", file);
  assert.equal(code, 0, shown);
  assert.match(shown, /user_sessions: about [\d,]+ of [\d,]+ rows stay\r\n {2}size /);
  assert.match(shown, /user_sessions: rebuilt in .* became .*; the table was locked for /);
  assert.equal(description_of(db), before);
  assert.equal(kinds_left(db).split("|")[1], "0");
});

test("a rebuild refuses what TRUNCATE cannot do, and touches nothing", async (t) => {
  const db = await database();
  make_hatchet(db);
  db.sql(`CREATE TABLE note (session uuid REFERENCES "UserSession" ("id"))`);
  const file = settings(t, db);
  const before = description_of(db);
  for (const more of [["--dry-run"], []]) {
    const refused = await run_rollcall(t, ["retention", "rebuild", "--config", file, ...more]);
    assert.equal(refused.code, 1);
    assert.match(refused.errors, /^retention\.user_sessions: note refers to it by the foreign/);
    assert.equal(json_lines(refused.output)[0].refusals.length, 1);
  }
  assert.equal(description_of(db), before);
  assert.equal(kinds_left(db), `${kStaying}|${kGoing}`);
});
