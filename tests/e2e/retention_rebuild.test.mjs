// `rollcall retention rebuild`: what it does, what it refuses, and what is left when it is ended.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run_rollcall, start_program, wait_for } from "./harness.mjs";
import { database, json_lines, kGoing, kinds_left, kPolicy, kStaying, make_hatchet,
  on_a_terminal, settings }
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

// A rebuild that notes changes and begins to copy, and gets no further while the gate is held.
async function start_held(t, db, file) {
  db.sql(`CREATE FUNCTION wait_for_gate() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname ~ '^rollcall_rebuild') THEN RETURN; END IF;
    WHILE NOT pg_try_advisory_xact_lock(42) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$;
    CREATE EVENT TRIGGER gate ON ddl_command_start WHEN TAG IN ('CREATE TABLE AS')
      EXECUTE FUNCTION wait_for_gate()`);
  await db.hold(t, "SELECT pg_advisory_lock(42)");
  const rebuild = start_program(t, ["retention", "rebuild", "--config", file]);
  await wait_for(() => db.sql(`SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'rollcall rebuild: ${kPolicy}' AND wait_event = 'PgSleep'
      AND datname = current_database()`) === "1", { what: "a rebuild at the gate" });
  return rebuild;
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
  const rebuild = await start_held(t, db, file);
  const { workers, due } = await status_of(t, file);
  assert.deepEqual([workers.length, workers[0].work, due], [1, "rebuild", null]);
  const run = await run_rollcall(t, ["retention", "run", "--config", file]);
  assert.equal(run.code, 1);
  assert.match(run.errors, /^retention\.user_sessions: a rebuild of .* is at work/);
  rebuild.child.kill("SIGINT");
  const { code, signal } = await rebuild.exit;
  assert.deepEqual([code, signal, rebuild.errors()], [3, null, ""]);
  const end = json_lines(rebuild.output()).at(-1);
  assert.equal(end.outcome, "stopped");
  assert.match(end.error, /public\."UserSession" is as it was$/);
  assert.equal(description_of(db), before);
  assert.equal(kinds_left(db), `${kStaying * 50}|${kGoing * 50}`);
  assert.equal(db.sql("SELECT relname FROM pg_class WHERE relname ~ 'rollcall'"), "");
});

test("what a killed rebuild has left is told of, and removed by the next run", async (t) => {
  const db = await database();
  make_hatchet(db, { copies: 50 });
  const file = settings(t, db);
  const rebuild = await start_held(t, db, file);
  rebuild.child.kill("SIGKILL");
  await rebuild.exit;
  const is_alone = async () => (await status_of(t, file)).workers.length === 0;
  await wait_for(is_alone, { what: "the end of its session", bound_ms: 30_000 });
  assert.equal((await status_of(t, file)).hasRemains, true);
  const run = await run_rollcall(t, ["retention", "run", "--config", file]);
  assert.equal(run.code, 0, run.errors);
  assert.match(run.errors, /: removed what 1 rebuild had left behind\n$/);
  assert.equal((await status_of(t, file)).hasRemains, false);
  assert.equal(kinds_left(db), `${kStaying * 50}|0`);
});
