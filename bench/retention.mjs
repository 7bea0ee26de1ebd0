// One suite of retention, on a PostgreSQL server that is this program's; a JSON line a window.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { due_after, SessionDatabases } from "./session_database.mjs";

const kRows = 2_604_487; // a month of one a second
const kDue = due_after("24h");
const kDueToRebuild = due_after("36h"); // leaves 5 % of them
const kLoopSeconds = 60; // at most
const kLoop = "1000-row loop";
const kIdleMs = 8000;
const kOneIndexMore = ", one index more";
const kOnceAnHour = 3600;
const kRebuild = 'anonymous_after = "36h"\nrebuild_lock = "10s"\n';

const [suite, rollcall, server_url, folder, rounds] = process.argv.slice(2);
const databases = new SessionDatabases(server_url, folder);
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const sql = (...statements) => databases.sql("subject", ...statements);
const print = (window) => console.log(JSON.stringify(window));

function make_table(database, rows, age = "n") {
  console.error(`${suite}: making ${rows} sessions`);
  databases.make(database, file("session_table.sql"), { rows, age });
}

// The last JSON line that the command prints.
async function run_rollcall(command, more = "") {
  const config = `${folder}/retention.toml`;
  writeFileSync(config, `[[retention]]\nname = "sessions"\npreset = "hatchet"
url = "${databases.url("subject")}"\n${more}`);
  const program = spawn(rollcall, ["retention", command, "--config", config],
    { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  program.stdout.on("data", (bytes) => (output += bytes));
  const [status] = await once(program, "exit");
  if (status !== 0) throw new Error(`rollcall retention ${command} ended with ${status}`);
  return JSON.parse(output.trim().split("\n").at(-1));
}

async function timed(work) {
  const from = Date.now();
  const result = await work();
  return { from, to: Date.now(), result };
}

// Rows that went, and in how many seconds.
const kWays = {
  "traffic alone": async () => {
    await sleep(kIdleMs);
    return 0;
  },
  "one DELETE": async () => {
    return Number(sql(`WITH gone AS (DELETE FROM "UserSession" WHERE ${kDue} RETURNING 1)
      SELECT count(*) FROM gone`));
  },
  rollcall: async () => (await run_rollcall("run")).deleted,
  "rollcall, old snapshot": async () => {
    const release = await databases.hold_snapshot("subject");
    const { deleted } = await run_rollcall("run");
    await release();
    return deleted;
  },
  // The job that falls behind, with the index that it wants.
  [kLoop]: async () => {
    sql("CREATE TABLE loop (gone bigint)", `DO $$
      DECLARE stop timestamptz := clock_timestamp() + interval '${kLoopSeconds} seconds'; n bigint;
      BEGIN
        WHILE clock_timestamp() < stop LOOP
          DELETE FROM "UserSession" WHERE id IN (SELECT id FROM "UserSession" WHERE ${kDue}
            ORDER BY "createdAt" LIMIT 1000);
          GET DIAGNOSTICS n = ROW_COUNT;
          INSERT INTO loop VALUES (n);
          COMMIT;
          EXIT WHEN n = 0;
        END LOOP;
      END $$`);
    return Number(sql("SELECT sum(gone) FROM loop"));
  },
};

async function measure_way(name) {
  databases.copy("subject", "sessions");
  if (name === kLoop) sql(...sql_of_index(`"UserSession"`, true), "CHECKPOINT");
  const traffic = await databases.start_traffic("subject", file("session_traffic.sql"));
  const { from, to, result } = await timed(kWays[name]);
  const { p99_ms, seen } = await databases.stop_traffic(traffic, from, to);
  const s = (to - from) / 1000;
  print({ name, rows: result, s, rows_per_s: result / s, p99_ms, transactions: seen });
}

function sizes(table) {
  return Number(sql(`SELECT pg_total_relation_size('${table}')`));
}

async function copy_and_index(index) {
  return timed(() =>
    sql(`CREATE TABLE fresh AS SELECT * FROM "UserSession" WHERE NOT ${kDueToRebuild}`,
      "ALTER TABLE fresh ADD PRIMARY KEY (id)", "CREATE UNIQUE INDEX ON fresh (id)",
      ...sql_of_index("fresh", index)));
}

function sql_of_index(table, index) {
  return index ? [`CREATE INDEX ON ${table} ("createdAt") INCLUDE ("expiresAt")`] : [];
}

// How long the table is locked is what a session that reads one row after the other waits at most.
async function measure_rebuild(also) {
  databases.copy("subject", "dead");
  sql(...sql_of_index(`"UserSession"`, also), "CHECKPOINT");
  const yardstick = await copy_and_index(also);
  print({ name: `copy and indexes${also}`, s: (yardstick.to - yardstick.from) / 1000,
    bytes: sizes("fresh") });
  sql("DROP TABLE fresh", "CHECKPOINT");
  const readers = await databases.start_traffic("subject", file("session_look.sql"));
  const { from, to, result } = await timed(() => run_rollcall("rebuild", kRebuild));
  const { max_ms } = await databases.stop_traffic(readers, from, to);
  print({
    name: `rollcall${also}`,
    s: (to - from) / 1000,
    bytes: sizes(`"UserSession"`),
    survivors: result.survivors,
    lock_s_per_100k: (max_ms * 100) / result.survivors,
    told_lock_ms: result.lockedMs,
  });
}

// Blocks of the table and its indexes, from memory or not, as the statistics count them.
function buffers() {
  return Number(sql(`SELECT heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read +
    coalesce(toast_blks_hit + toast_blks_read, 0)
    FROM pg_statio_user_tables WHERE relname = 'UserSession'`));
}

async function measure_trickle(database, live) {
  databases.copy("subject", database);
  const before = buffers();
  const { deleted, way } = await run_rollcall("run");
  const read = buffers() - before;
  print({ name: `${kOnceAnHour} due, ${live} live`, rows: deleted, way, buffers: read,
    buffers_a_row: read / deleted });
}

// What came in one hour of yesterday is due; the others came in the 23 hours since.
function make_trickle_table(database, live) {
  make_table(database, live + kOnceAnHour,
    `CASE WHEN n > ${live} THEN 86400 + n - ${live} ELSE n * 82800.0 / ${live} END`);
  databases.sql(database, `CREATE INDEX ON "UserSession" ("expiresAt")`,
    `CREATE INDEX ON "UserSession" ("createdAt") WHERE "userId" IS NULL`, "VACUUM ANALYZE");
}

const kSuites = {
  retention: async () => {
    make_table("sessions", kRows);
    for (let round = 1; round <= rounds; ++round) {
      for (const name of Object.keys(kWays)) {
        console.error(`retention: round ${round} of ${rounds}, ${name}`);
        await measure_way(name);
      }
    }
  },
  rebuild: async () => {
    make_table("dead", kRows);
    databases.sql("dead", `DELETE FROM "UserSession" WHERE ${kDueToRebuild}`,
      `VACUUM ANALYZE "UserSession"`, "CHECKPOINT");
    for (let round = 1; round <= rounds; ++round) {
      console.error(`rebuild: round ${round} of ${rounds}`);
      await measure_rebuild("");
      await measure_rebuild(kOneIndexMore);
    }
  },
  trickle: async () => {
    make_trickle_table("many", kRows);
    make_trickle_table("few", Math.round(kRows / 10));
    for (let round = 1; round <= rounds; ++round) {
      console.error(`trickle: round ${round} of ${rounds}`);
      await measure_trickle("many", "2.6 M");
      await measure_trickle("few", "260 k");
    }
  },
};

await kSuites[suite]();
