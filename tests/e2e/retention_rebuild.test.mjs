// `rollcall retention rebuild`: what it does, what it refuses, and what it leaves when it is stopped.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run_rollcall, start_program, wait_for } from "./harness.mjs";
import { database, json_lines, kGoing, kinds_left, kStaying, make_hatchet, on_a_terminal, settings }
  from "./session_tables.mjs";

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

// Waits for the lock of a table that somebody reads, with all survivors copied aside.
async function start_waiting(t, db, file) {
  const reader = await db.hold(t, 'BEGIN; SELECT count(*) FROM "UserSession"');
  const rebuild = start_program(t, ["retention", "rebuild", "--config", file]);
  await wait_for(() => rebuild.output().includes('"step":"waits for the lock"'), {
    what: "a rebuild that waits for the lock",
  });
  return { reader, rebuild };
}

async function status_of(t, file) {
  const { output } = await run_rollcall(t, ["retention", "status", "--config", file, "--json"]);
  return json_lines(output)[0];
}

test("Ctrl-C leaves the table as it was, and nothing beside it", async (t) => {
  const db = await database();
  make_hatchet(db, { copies: 50 });
  const file = settings(t, db);
  const before = description_of(db);
  const tables = () => db.sql("SELECT relname FROM pg_class WHERE relname ~ 'rollcall' ORDER BY 1");
  const { reader, rebuild } = await start_waiting(t, db, file);
  const { workers, due } = await status_of(t, file);
  assert.deepEqual([workers.length, workers[0].work, due], [1, "rebuild", null]);
  rebuild.child.kill("SIGINT");
  const { code, signal } = await rebuild.exit;
  assert.deepEqual([code, signal, rebuild.errors()], [3, null, ""]);
  assert.equal(json_lines(rebuild.output()).at(-1).outcome, "stopped");
  await reader.end();
  assert.equal(description_of(db), before);
  assert.equal(kinds_left(db), `${kStaying * 50}|${kGoing * 50}`);
  assert.equal(tables(), "");
});

test("what a killed rebuild has left is told of, and removed by the next run", async (t) => {
  const db = await database();
  make_hatchet(db, { copies: 50 });
  const file = settings(t, db);
  const { reader, rebuild } = await start_waiting(t, db, file);
  rebuild.child.kill("SIGKILL");
  await rebuild.exit;
  await reader.end();
  const left = async () => {
    const told = await status_of(t, file);
    return told.workers.length === 0 && told;
  };
  const told = await wait_for(left, { what: "the end of its session" });
  assert.equal(told.hasRemains, true);
  const run = await run_rollcall(t, ["retention", "run", "--config", file]);
  assert.equal(run.code, 0, run.errors);
  assert.match(run.errors, /^retention\.user_sessions: removed what 1 rebuild had left behind\n$/);
  assert.equal((await status_of(t, file)).hasRemains, false);
  assert.equal(kinds_left(db), `${kStaying * 50}|0`);
});
