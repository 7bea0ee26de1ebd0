// The databases of the retention suites: a session table is made once, and each window gets a copy
// of it. Names are as the hatchet preset has them.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const kTrafficRate = 300;
const kTrafficLeadMs = 3000; // connections are made, pages are in memory

export const due_after = (age) => `("expiresAt" < now() AT TIME ZONE 'UTC' OR ("userId" IS NULL
  AND "createdAt" < (now() - interval '${age}') AT TIME ZONE 'UTC'))`;

export class SessionDatabases {
  constructor(server_url, folder) {
    this.server_url = server_url;
    this.folder = folder;
  }

  url(database) {
    return this.server_url.replace(/[^/]*$/, database);
  }

  sql(database, ...statements) {
    const commands = statements.flatMap((statement) => ["-c", statement]);
    const options = ["-qtAX", "-v", "ON_ERROR_STOP=1", "-d", this.url(database)];
    return execFileSync("psql", [...options, ...commands], { encoding: "utf8" }).trim();
  }

  make(database, script, variables) {
    this.sql("postgres", `CREATE DATABASE ${database}`);
    const given = Object.entries(variables).flatMap(([name, value]) => ["-v", `${name}=${value}`]);
    execFileSync("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-d", this.url(database), ...given, "-f",
      script]);
  }

  copy(database, of) {
    this.sql("postgres", `DROP DATABASE IF EXISTS ${database}`,
      `CREATE DATABASE ${database} TEMPLATE ${of} STRATEGY file_copy`, "CHECKPOINT");
    this.sql(database, `SELECT count(*) FROM "UserSession"`);
  }

  // A transaction that has looked once, and stays until the function that this returns is called.
  async hold_snapshot(database) {
    const session = spawn("psql", ["-qtAX", "-d", this.url(database)]);
    session.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ;\n");
    session.stdin.write("SELECT count(*) FROM live_sessions;\n");
    await once(session.stdout, "data");
    return async () => {
      session.stdin.end();
      await once(session, "exit");
    };
  }

  async start_traffic(database, script) {
    const prefix = `${this.folder}/traffic`;
    for (const file of this.#traffic_logs()) rmSync(file);
    const live = this.sql(database, "SELECT count(*) FROM live_sessions");
    const pgbench = spawn("pgbench", ["-n", "-R", kTrafficRate, "-c", 8, "-j", 2, "-T", 3600, "-M",
      "prepared", "-D", `live=${live}`, "-f", script, "--log", `--log-prefix=${prefix}`,
      this.url(database)].map(String), { stdio: "ignore" });
    await sleep(kTrafficLeadMs);
    if (pgbench.exitCode !== null) throw new Error("pgbench ended early");
    return pgbench;
  }

  // pgbench ends in good order when its time is up, which is what the signal tells it. Returns the
  // p99 and the longest, in ms, of the transactions that were due between two moments, in ms since
  // 1970.
  async stop_traffic(pgbench, from, to) {
    pgbench.kill("SIGALRM");
    await once(pgbench, "exit");
    const latencies = [];
    for (const file of this.#traffic_logs()) {
      for (const line of readFileSync(file, "utf8").trim().split("\n")) {
        const [, , took_us, , at_s, at_us] = line.split(" ").map(Number);
        const due = at_s * 1000 + (at_us - took_us) / 1000;
        if (due >= from && due <= to) latencies.push(took_us / 1000);
      }
    }
    latencies.sort((a, b) => a - b);
    return { p99_ms: latencies[Math.floor(latencies.length * 0.99)], max_ms: latencies.at(-1),
      seen: latencies.length };
  }

  #traffic_logs() {
    return readdirSync(this.folder).filter((name) => name.startsWith("traffic."))
      .map((name) => `${this.folder}/${name}`);
  }
}
