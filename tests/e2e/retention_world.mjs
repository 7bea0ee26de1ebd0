// Session tables as other programs make them, and servers that keep them small.
import assert from "node:assert/strict";
import { psql } from "./database.mjs";
import { start_rollcall, wait_for } from "./harness.mjs";
import { OpenApiDocument } from "./openapi_document.mjs";
import { call } from "./wire.mjs";

let document;

export const kRunMs = 60_000;  // for what a run does, on two busy cores

// Of hatchet, with so many rows of each kind: expired; of nobody, and a day old; and such as stay.
export function make_sessions(postgres, { table = '"UserSession"', rows = 1000 } = {}) {
  psql(postgres, `
    CREATE TABLE ${table} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      "createdAt" timestamp(3) NOT NULL, "updatedAt" timestamp(3) NOT NULL DEFAULT now(),
      "userId" uuid, data jsonb, "expiresAt" timestamp(3) NOT NULL)`);
  add_sessions(postgres, { table, rows });
}

export function add_sessions(postgres, { table = '"UserSession"', rows = 1000 } = {}) {
  psql(postgres, `
    INSERT INTO ${table} ("createdAt", "userId", "expiresAt")
    SELECT utc - created::interval, CASE WHEN has_user THEN gen_random_uuid() END,
      utc + expires::interval
    FROM (SELECT now() AT TIME ZONE 'UTC' AS utc) AS today, generate_series(1, ${rows}),
      (VALUES ('3d', true, '-1h'), ('25h', false, '7d'), ('25h', true, '7d'),
        ('23h', false, '7d')) AS kinds (created, has_user, expires)`);
}

export const kKinds = { due: 2, stay: 2 };  // of the rows that are made for each that is asked for

const kDue = `"expiresAt" < now() AT TIME ZONE 'UTC'
  OR "userId" IS NULL AND "createdAt" < now() AT TIME ZONE 'UTC' - interval '24h'`;

export function count_rows(postgres, { table = '"UserSession"' } = {}) {
  const told = psql(postgres, `
    SELECT count(*) FILTER (WHERE ${kDue}), count(*) FILTER (WHERE NOT (${kDue})) FROM ${table}`);
  const [due, stay] = told.split("|").map(Number);
  return { due, stay };
}

// A table whose first due row takes until the gate is open.
export function add_gate(postgres, { table = '"UserSession"' } = {}) {
  psql(postgres, `
    CREATE TABLE gate ();
    CREATE FUNCTION wait_for_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      WHILE NOT EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.02); END LOOP;
      RETURN OLD;
    END $$;
    CREATE TRIGGER wait_for_gate BEFORE DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION wait_for_gate()`);
}

export const open_gate = (postgres) => psql(postgres, "INSERT INTO gate DEFAULT VALUES");

export const at_gate = (postgres, { runs = 1 } = {}) => wait_for(
  () => psql(postgres, `SELECT count(*) FROM pg_stat_activity
    WHERE wait_event = 'PgSleep' AND datname = current_database()`) === String(runs),
  { what: `${runs} at the gate`, bound_ms: kRunMs });

export function policy_text(postgres, { name = "sessions", preset = "hatchet", every = "1s",
  ...settings } = {}) {
  const more = Object.entries(settings).map(([key, value]) => `${key} = '${value}'\n`);
  return `[[retention]]\nname = "${name}"\npreset = "${preset}"\nevery = "${every}"\n`
    + `url = "${postgres.url}"\n${more.join("")}`;
}

// A server whose beats are kept in memory, with these policies.
export const start_keeper = (t, policies, options = {}) =>
  start_rollcall(t, { config: policies.join(""), args: ["--threads", "2"], ...options });

// What the status tells of them, in whatever state they are, is as documented.
export async function policies_of(server) {
  const { json } = await call(server, "GET", "/api/v1/status");
  document ??= new OpenApiDocument((await call(server, "GET", "/openapi.json")).body);
  assert.deepEqual(document.departures(json, { $ref: "#/components/schemas/NodeStatus" }), []);
  return json.retention;
}

export async function policy_of(server, name = "sessions") {
  return (await policies_of(server)).find(({ policy }) => policy === name);
}

// The policy, once `condition` holds for it.
export const policy_when = (server, what, condition, name = "sessions") => wait_for(async () => {
  const policy = await policy_of(server, name);
  return policy && condition(policy) ? policy : null;
}, { what: `${name}: ${what}`, bound_ms: kRunMs });

export const drained = (postgres, options = {}) => wait_for(
  () => count_rows(postgres, options).due === 0,
  { what: "no row is due", bound_ms: kRunMs });

// The value of a metric of a policy; `more` are further labels, as they are written.
export async function metric(server, name, { policy = "sessions", more = "" } = {}) {
  const { body } = await call(server, "GET", "/metrics");
  const start = `rollcall_retention_${name}{policy="${policy}"${more}} `;
  const line = body.split("\n").find((each) => each.startsWith(start));
  return line === undefined ? undefined : Number(line.slice(start.length));
}

export const log_lines = (server, words) =>
  server.errors().split("\n").filter((line) => line.includes(words));
