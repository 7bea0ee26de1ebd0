// `rollcall retention plan`, `run` and `status`, as people and scripts use them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { free_port, run_rollcall, start_program, start_rollcall, wait_for }
  from "./harness.mjs";
import { database, json_lines, kGoing, kinds_left, kPolicy, kStaying, make_hatchet, settings }
  from "./session_tables.mjs";

const kTable = 'public."UserSession"';

function retention(t, verb, file, ...words) {
  return run_rollcall(t, ["retention", verb, "--config", file, ...words]);
}

test("a plan tells what would go, and deletes nothing", async (t) => {
  const db = await database();
  make_hatchet(db);
  const file = settings(t, db);
  const told = await retention(t, "plan", file);
  assert.equal(told.errors, "");
  assert.equal(told.code, 0);
  assert.match(told.output, /^user_sessions: 5 of 13 rows are due\n {2}table {3}public\."User/);
  assert.match(told.output, /\n {2}way {5}backlog: .*\n {2}takes {3}about /);
  const json = await retention(t, "plan", file, "--json");
  const [plan, ...more] = json_lines(json.output);
  assert.deepEqual([plan.policy, plan.table, plan.rows, plan.due, plan.isCounted, plan.way],
    [kPolicy, kTable, kStaying + kGoing, kGoing, true, "backlog"]);
  assert.ok(plan.tableBytes > 0 && plan.dueBytes > 0 && plan.oldestMs > 0, json.output);
  assert.deepEqual(more, []);
  assert.equal(kinds_left(db), `${kStaying}|${kGoing}`);
});

test("a dry run counts what a run then deletes, and a second run has nothing to do",
  async (t) => {
    const db = await database();
    const copies = 300;
    make_hatchet(db, { copies });
    const file = settings(t, db);
    const dry = await retention(t, "run", file, "--dry-run");
    assert.equal(dry.code, 0, dry.errors);
    const [dry_begin, ...dry_lines] = json_lines(dry.output);
    assert.deepEqual([dry_begin.event, dry_begin.dryRun], ["begin", true]);
    assert.equal(dry_lines.at(-1).deleted, kGoing * copies);
    assert.equal(kinds_left(db), `${kStaying * copies}|${kGoing * copies}`);

    const run = await retention(t, "run", file);
    assert.deepEqual([run.code, run.errors], [0, ""]);
    const lines = json_lines(run.output);
    for (const line of lines) assert.equal(line.policy, kPolicy);
    assert.deepEqual([lines[0].event, lines[0].due, lines[0].way],
      ["begin", kGoing * copies, "backlog"]);
    for (const line of lines.slice(1, -1)) assert.equal(line.event, "progress");
    const end = lines.at(-1);
    assert.deepEqual(
      [end.event, end.outcome, end.deleted, end.locked, end.refused, end.error, end.dryRun],
      ["end", "done", kGoing * copies, 0, 0, null, false]);
    assert.ok(end.bytes > 0 && end.tookMs >= 0, run.output);
    assert.equal(kinds_left(db), `${kStaying * copies}|0`);

    const again = await retention(t, "run", file);
    assert.equal(again.code, 0);
    const quiet = json_lines(again.output);
    assert.deepEqual(quiet.map((line) => line.event), ["begin", "end"]);
    assert.deepEqual([quiet[1].outcome, quiet[1].way, quiet[1].deleted], ["done", "nothing", 0]);
  });

test("Ctrl-C stops a run within its batch, and the next run goes on", async (t) => {
  const db = await database();
  make_hatchet(db, { copies: 20 });
  db.sql(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    WHILE NOT pg_try_advisory_xact_lock(42) LOOP PERFORM pg_sleep(0.02); END LOOP;
    RETURN old; END $$;
    CREATE TRIGGER dawdle BEFORE DELETE ON "UserSession" FOR EACH ROW EXECUTE FUNCTION dawdle()`);
  const file = settings(t, db);
  const held = await db.hold(t, "SELECT pg_advisory_lock(42)");
  const { code, signal, output, errors } = await run_and_interrupt(t, db, file);
  assert.deepEqual([code, signal, errors], [3, null, ""]);
  const end = json_lines(output).at(-1);
  assert.deepEqual([end.event, end.outcome, end.deleted], ["end", "stopped", 0]);
  assert.equal(kinds_left(db), `${kStaying * 20}|${kGoing * 20}`);
  await held.end();
  assert.equal((await retention(t, "run", file)).code, 0);
  assert.equal(kinds_left(db), `${kStaying * 20}|0`);
});

test("each policy is told of, whatever is wrong with another", async (t) => {
  const db = await database();
  make_hatchet(db);
  const port = await free_port();
  const file = settings(t, db, { retention: `
[[retention]]
name = "away"
preset = "rails"
url = "postgresql://app:hunter2@127.0.0.1:${port}/app"
[[retention]]
name = "missing"
preset = "django_session"` });
  for (const verb of ["plan", "status"]) {
    const told = await retention(t, verb, file);
    assert.equal(told.code, 1);
    assert.match(told.output, /^user_sessions: /);
    assert.match(told.errors, /retention\.away: .*refused/i);
    assert.match(told.errors, /retention\.missing: there is no table django_session/);
    assert.doesNotMatch(told.output + told.errors, /hunter2/);
  }
  const run = await retention(t, "run", file);
  assert.equal(run.code, 1);
  const ends = json_lines(run.output).filter((line) => line.event === "end");
  assert.deepEqual(ends.map((line) => [line.policy, line.outcome]),
    [[kPolicy, "done"], ["away", "failed"], ["missing", "failed"]]);
  assert.doesNotMatch(run.output + run.errors, /hunter2/);
  const one = await retention(t, "run", file, "--policy", kPolicy);
  assert.equal(one.code, 0, one.errors);
  const none = await retention(t, "run", file, "--policy", "user_session");
  assert.equal(none.code, 2);
  assert.match(none.errors, /did you mean user_sessions\?; there is user_sessions, away, missing/);

  const checked = await run_rollcall(t, ["check-config", file, "--connect"]);
  assert.deepEqual([checked.code, checked.output], [1, ""]);
  assert.match(checked.errors, /retention\.away: .*refused/i);
  assert.match(checked.errors, /retention\.missing: there is no table django_session/);
  assert.doesNotMatch(checked.errors, /hunter2|user_sessions/);
});

test("check-config --connect is content with tables as they should be", async (t) => {
  const db = await database();
  make_hatchet(db);
  const checked = await run_rollcall(t, ["check-config", settings(t, db), "--connect"]);
  assert.deepEqual([checked.code, checked.errors], [0, ""]);
  assert.match(checked.output, /^ok\n[^]*retention user_sessions: every 1h, rows of UserSession/);
});

test("the status has news of the database and of the server", async (t) => {
  const db = await database();
  make_hatchet(db);
  const port = await free_port();
  const more = `[server]\nlisten = "127.0.0.1:${port}"\napi_keys = ["0123456789abcdef"]\n`;
  const file = settings(t, db, { more });
  const alone = await retention(t, "status", file);
  assert.deepEqual([alone.code, alone.errors], [0, ""]);
  assert.match(alone.output, /^user_sessions: public\."UserSession", .*\n {2}rows /);
  assert.match(alone.output, /\n {2}due {11}5 rows, the oldest /);
  assert.match(alone.output, /\n {2}now {11}nobody is at work on it\n {2}server {8}not asked, /);

  await start_rollcall(t, { port, dev: false, args: ["--config", file] });
  // Each part is read a moment after the other, and the run ends in between.
  const told = await wait_for(async () => {
    const [line] = json_lines((await retention(t, "status", file, "--json")).output);
    return line.server?.runs?.length > 0 && line.workers.length === 0 && line.due === 0 && line;
  }, { what: "the server's first run", bound_ms: 60_000 });
  assert.deepEqual([told.table, told.hasRemains], [kTable, false]);
  assert.equal(told.server.runs[0].deleted, kGoing);
  const text = await wait_for(async () => {
    const shown = await retention(t, "status", file);
    return shown.output.includes("retention user_sessions: ") && shown;
  }, { what: "the news of the server" });
  assert.match(text.output, /\n {2}due {11}none\n/);
  assert.doesNotMatch(text.output, /0123456789abcdef/);
});

// Sends SIGINT once the run waits within a batch.
async function run_and_interrupt(t, db, file) {
  const run = start_program(t, ["retention", "run", "--config", file]);
  await wait_for(() => db.sql(`SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'rollcall retention: ${kPolicy}' AND wait_event = 'PgSleep'`) === "1",
  { what: "a run that waits" });
  const told = await retention(t, "status", file, "--json");
  const [{ workers, due }] = json_lines(told.output);
  assert.deepEqual(workers.map(({ application, work }) => [application, work]),
    [[`rollcall retention: ${kPolicy}`, "run"]]);
  assert.equal(due, kGoing * 20);
  run.child.kill("SIGINT");
  const { code, signal } = await run.exit;
  return { code, signal, output: run.output(), errors: run.errors() };
}
