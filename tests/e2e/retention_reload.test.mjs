// Policies that come, change and go while the server runs, and its end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { own_database, psql } from "./database.mjs";
import { wait_for } from "./harness.mjs";
import { add_gate, add_sessions, at_gate, count_rows, drained, kKinds, log_lines, make_sessions,
  metric, open_gate, policies_of, policy_text, policy_when, start_keeper }
  from "./retention_world.mjs";
import { start_proxy } from "./tcp_proxy.mjs";

const kReloaded = "reloaded what=";
const kRefused = "not reloaded: the settings in force stay";

// Resolves to the line of the log that says what came of it.
async function reload(server, policies, words = kReloaded) {
  const before = log_lines(server, words).length;
  writeFileSync(server.file, policies.join(""));
  server.child.kill("SIGHUP");
  await wait_for(() => log_lines(server, words).length > before, {
    what: `the log says ${words}`, bound_ms: 20_000,
  });
  return log_lines(server, words).at(-1);
}

const at_work = (postgres) => Number(psql(postgres, `SELECT count(*) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'rollcall%'`));

// A client whose request has no end: a drain waits for it.
async function begin_request(t, server) {
  const client = connect(server.port, server.host);
  t.after(() => client.destroy());
  await once(client, "connect");
  client.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /heal");
  await once(client, "data");
  return client;
}

function thread_names(server) {
  const folder = `/proc/${server.child.pid}/task`;
  return readdirSync(folder).map((id) => readFileSync(`${folder}/${id}/comm`, "utf8").trim());
}

test("SIGHUP adds, changes and removes policies", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 10 });
  make_sessions(postgres, { table: "others", rows: 20 });
  const server = await start_keeper(t, ["[server]\n"]);
  assert.deepEqual(await policies_of(server), []);
  assert.ok(!thread_names(server).includes("retention"), "nothing to run, and a thread for it");

  await reload(server, [policy_text(postgres)]);
  await drained(postgres);
  assert.ok(thread_names(server).includes("retention"));
  await policy_when(server, "20 rows are counted", ({ deleted }) => deleted === 20);

  await reload(server, [policy_text(postgres, { table: "others" })]);
  await drained(postgres, { table: "others" });
  const changed = await policy_when(server, "60 rows", ({ deleted }) => deleted === 60);
  assert.equal(changed.table, "others");
  assert.equal(count_rows(postgres, { table: "others" }).stay, 20 * kKinds.stay);

  await reload(server, ["[server]\n"]);
  assert.deepEqual(await policies_of(server), []);
  assert.equal(await metric(server, "running"), undefined);
  add_sessions(postgres, { rows: 1 });
  await reload(server, [policy_text(postgres, { table: "others" })]);
  await policy_when(server, "it runs again", ({ runs }) => runs.length > 0);
  assert.equal(count_rows(postgres).due, kKinds.due, "whose policy is gone is left alone");
});

test("SIGHUP refuses a policy of no use, and the old ones go on", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 10 });
  const server = await start_keeper(t, [policy_text(postgres)]);
  await drained(postgres);
  const line = await reload(server, [policy_text(postgres, { user_id: "nobody" }),
    policy_text(postgres, { name: "more" })], kRefused);
  assert.match(line, /error .*retention\.sessions: .*nobody/);
  assert.deepEqual((await policies_of(server)).map(({ policy }) => policy), ["sessions"]);
  add_sessions(postgres, { rows: 10 });
  await drained(postgres);
  assert.deepEqual(log_lines(server, "retention failed"), []);
});

test("a policy that is in force stands in no other setting's way", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 1 });
  make_sessions(postgres, { table: "others", rows: 1 });
  const server = await start_keeper(t, [policy_text(postgres)]);
  await drained(postgres);
  psql(postgres, 'DROP TABLE "UserSession"');
  const more = policy_text(postgres, { name: "others", table: "others" });
  await reload(server, [policy_text(postgres), more]);
  await drained(postgres, { table: "others" });
});

test("a run under way goes on through a reload", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 500 });
  add_gate(postgres);
  const server = await start_keeper(t, [policy_text(postgres)]);
  await at_gate(postgres);
  await reload(server, [policy_text(postgres, { every: "1h" })]);
  open_gate(postgres);
  await drained(postgres);
  assert.deepEqual(log_lines(server, "retention failed"), []);
  await wait_for(() => log_lines(server, "retention is done").length > 0, { what: "its end" });
  assert.match(log_lines(server, "retention is done")[0], /rows=1000 /);
});

test("SIGTERM ends a run in the midst of a backlog", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 5_000 });
  add_gate(postgres);
  const server = await start_keeper(t, ['[server]\ndrain = "5m"\n', policy_text(postgres)]);
  await at_gate(postgres);
  const client = await begin_request(t, server);
  server.child.kill("SIGTERM");
  await wait_for(() => at_work(postgres) === 0, { what: "the statement is cancelled" });
  assert.equal(server.child.exitCode, null, "it drains still");
  client.destroy();
  const { exitCode } = await wait_for(() => server.child.exitCode !== null && server.child, {
    what: "its end",
  });
  assert.equal(exitCode, 0, server.errors());
  assert.deepEqual(log_lines(server, " error "), []);
  assert.equal(count_rows(postgres).stay, 5_000 * kKinds.stay);
  assert.ok(count_rows(postgres).due > 0, "the gate was shut");
});

test("SIGTERM waits for no database that hangs", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: 100 });
  add_gate(postgres);
  const { port, pathname } = new URL(postgres.url);
  const link = await start_proxy(t, Number(port));
  const url = `postgresql://rollcall@127.0.0.1:${link.port}${pathname}`;
  const server = await start_keeper(t, [policy_text({ url })]);
  await at_gate(postgres);
  link.hang();
  const { code } = await server.stop();  // or it is killed
  assert.equal(code, 0, server.errors());
});
