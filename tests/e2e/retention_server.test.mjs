// Retention inside `rollcall serve`, on a real PostgreSQL.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open_browser, open_page } from "./browser.mjs";
import { own_database, psql } from "./database.mjs";
import { run_rollcall, text_file, wait_for } from "./harness.mjs";
import { add_gate, at_gate, count_rows, drained, kKinds, kRunMs, log_lines,
  make_sessions, metric, open_gate, policy_of, policy_text, policy_when,
  start_keeper } from "./retention_world.mjs";
import { call } from "./wire.mjs";

const kRows = 5_000;
const kDue = kRows * kKinds.due;

test("a table is drained while beats are served, and everything tells of it", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: kRows });
  add_gate(postgres);
  const server = await start_keeper(t, [policy_text(postgres)]);
  const { page, complaints } = await open_page(await open_browser(t), server.url);

  await at_gate(postgres);
  const { status, json } = await call(server, "POST", "/api/sessions/activity",
    { body: { sessionId: "ada" } });
  assert.deepEqual([status, json], [200, { online: 2 }], "the page and ada");
  const { state, running, backlog } = await policy_of(server);
  assert.deepEqual([state, running.way, backlog > 0], ["running", "backlog", true]);
  assert.equal(await metric(server, "running"), 1);
  await page.getByRole("progressbar", { name: "Run of sessions" })
    .waitFor({ timeout: kRunMs });

  open_gate(postgres);
  await drained(postgres);
  assert.deepEqual(count_rows(postgres), { due: 0, stay: kRows * kKinds.stay });
  const idle = await policy_when(server, "the run has ended", ({ runs }) => runs.length > 0);
  assert.equal(idle.table, "UserSession");
  assert.deepEqual([idle.deleted, idle.backlog, idle.failures], [kDue, 0, 0]);
  const [run] = idle.runs;
  assert.deepEqual([run.outcome, run.way, run.deleted], ["done", "backlog", kDue]);
  assert.equal(run.error, null);
  assert.ok(run.bytes > 0 && run.reason !== "", JSON.stringify(run));
  assert.equal(await metric(server, "deleted_rows_total"), kDue);
  assert.equal(await metric(server, "deleted_bytes_total"), idle.bytes);
  assert.equal(await metric(server, "backlog_rows"), 0);
  assert.ok(await metric(server, "runs_total", { more: ',outcome="done"' }) >= 1);
  assert.ok(await metric(server, "work_seconds_total") > 0);
  const told = await run_rollcall(t, ["status", "--url", server.url]);
  assert.equal(told.code, 0, told.output);
  assert.match(told.output, /^retention sessions: \w+, table UserSession/m);
  assert.match(told.output, new RegExp(`done: ${kDue} rows in `));
  await page.locator("#runs li", { hasText: `done: ${kDue.toLocaleString("en")} rows in` })
    .waitFor({ timeout: kRunMs });
  assert.deepEqual(complaints, []);
});

test("nothing to do is quiet", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 10 });
  const server = await start_keeper(t, [policy_text(postgres)]);
  const runs = (least) => policy_when(server, `${least} runs`, (policy) =>
    policy.runs.length >= least);
  await drained(postgres);
  await runs(3);
  assert.equal(log_lines(server, "retention begins").length, 1, server.errors());
  const [done, ...more] = log_lines(server, "retention is done");
  assert.match(done, /info .* policy="sessions" rows=20 bytes=\d+ seconds=\d+\.\d+ locked=0/);
  assert.deepEqual(more, []);
  const { runs: told } = await policy_of(server);
  assert.deepEqual([told[1].outcome, told[1].way, told[1].deleted], ["done", "nothing", 0]);
});

test("a table that is gone fails aloud once, and is drained when it is back", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 10 });
  make_sessions(postgres, { table: "hourly", rows: 10 });
  const server = await start_keeper(t, [policy_text(postgres),
    policy_text(postgres, { name: "hourly", table: "hourly", every: "1h" })]);
  psql(postgres, 'DROP TABLE hourly; DROP TABLE "UserSession"');
  const failing = await policy_when(server, "3 failures", ({ failures }) => failures >= 3);
  assert.match(failing.runs.at(-1).error, /UserSession/);
  assert.ok(await metric(server, "runs_total", { more: ',outcome="failed"' }) >= 3);
  assert.equal(log_lines(server, 'retention failed policy="sessions"').length, 1);
  const told = await run_rollcall(t, ["status", "--url", server.url]);
  assert.equal(told.code, 1, told.output);
  assert.match(told.output, /^retention sessions: (failing|running)/m);

  const hourly = await policy_when(server, "a failure", ({ state }) => state === "failing",
    "hourly");
  const wait_ms = Date.parse(hourly.nextAt) - Date.parse(hourly.runs.at(-1).at);
  assert.ok(wait_ms > 5_000 && wait_ms < 60_000, `it tries again after ${wait_ms} ms`);

  make_sessions(postgres, { rows: 10 });
  await drained(postgres);
  await policy_when(server, "works again", ({ state }) => state === "idle");
  assert.equal(log_lines(server, 'retention works again policy="sessions"').length, 1);
  assert.equal(log_lines(server, 'retention failed policy="sessions"').length, 1);
});

test("a server starts without its database, and drains when that is there", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 100 });
  await postgres.stop();
  const url = postgres.url.replace("rollcall@", "rollcall:a-secret@");
  let server;
  try {
    server = await start_keeper(t, [policy_text({ url })]);
    const [line] = log_lines(server, "the table of a retention policy is not checked");
    assert.match(line, /error .*policy="sessions" reason=".*refused/);
    assert.equal((await call(server, "POST", "/api/sessions/activity",
      { body: { sessionId: "ada" } })).status, 200);
    const failing = await policy_when(server, "it fails", ({ failures }) => failures > 0);
    assert.ok(!JSON.stringify(failing).includes("a-secret"));
  } finally {
    await postgres.start();
  }
  await drained(postgres);
  assert.equal(count_rows(postgres).stay, 100 * kKinds.stay);
  assert.ok(!server.errors().includes("a-secret"), server.errors());
});

test("the table that beats are written to is one of those that are kept small", async (t) => {
  const postgres = await own_database();
  psql(postgres, `CREATE TABLE active_sessions (session_id text PRIMARY KEY,
      last_activity timestamp NOT NULL DEFAULT now());
    CREATE INDEX ON active_sessions (last_activity);
    INSERT INTO active_sessions SELECT 'gone-' || n, (now() AT TIME ZONE 'UTC') - interval '17m'
      FROM generate_series(1, 500) AS n;
    INSERT INTO active_sessions VALUES ('late', (now() AT TIME ZONE 'UTC') - interval '14m')`);
  const config = `[postgres]\nurl = "${postgres.url}"\nsessions_table = "active_sessions"\n`
    + '[[retention]]\nname = "sessions"\npreset = "active_sessions"\nevery = "1s"\n';
  const server = await start_keeper(t, [config]);
  await call(server, "POST", "/api/sessions/activity", { body: { sessionId: "ada" } });
  await policy_when(server, "500 rows are gone", ({ deleted }) => deleted === 500);
  const kept = "SELECT string_agg(session_id, ' ' ORDER BY session_id) FROM active_sessions";
  await wait_for(() => psql(postgres, kept) === "ada late", { what: "those who are here stay" });
});

test("a policy whose table is of no use ends the start, with all that is wrong", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 1 });
  const policies = [policy_text(postgres, { expires_at: "no_such_column" }),
    policy_text(postgres, { name: "other", table: "no_such_table" })];
  const file = text_file(t, policies.join(""));
  const { code, output, errors } = await run_rollcall(t, ["serve", "--config", file]);
  assert.deepEqual([code, output], [1, ""]);
  assert.match(errors, /^rollcall: retention\.sessions: .*no_such_column/m);
  assert.match(errors, /^retention\.other: .*no_such_table/m);
});
