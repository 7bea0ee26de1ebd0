// Each preset on the table that its program makes, with the index that it has: rows whose name
// begins with "go" are deleted, by that index, and no others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run_rollcall, text_file } from "./harness.mjs";
import { database, json_lines, set_zone } from "./session_tables.mjs";

const kMany = 20_000;  // rows that stay, so that it is worth using an index

// A local time in the zone that the policy states, whatever psql's own is.
const local = (zone, age) => `(now() - interval '${age}') AT TIME ZONE '${zone}'`;

const kTables = [
  {
    preset: "django_session",
    name: "session_key",
    table: `CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY,
        session_data text NOT NULL, expire_date timestamptz NOT NULL);
      CREATE INDEX django_session_session_key_c0390e0f_like
        ON django_session (session_key varchar_pattern_ops);
      CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date)`,
    insert: (name, age) => `INSERT INTO django_session
      SELECT ${name}, repeat('x', 200), now() - interval '${age}'`,
    stay: ["-1 min", "-14 d"],
    go: ["1 s", "30 d"],
  },
  {
    preset: "connect-pg-simple",
    name: "sid",
    more: 'time_zone = "America/New_York"',
    table: `CREATE TABLE "session" ("sid" varchar NOT NULL COLLATE "default",
        "sess" json NOT NULL, "expire" timestamp(6) NOT NULL);
      ALTER TABLE "session" ADD CONSTRAINT "session_pkey" PRIMARY KEY ("sid");
      CREATE INDEX "IDX_session_expire" ON "session" ("expire")`,
    insert: (name, age) => `INSERT INTO "session"
      SELECT ${name}, json_build_object('pad', repeat('x', 200)),
        ${local("America/New_York", age)}`,
    stay: ["-1 min", "-1 d"],
    go: ["1 s", "3 h", "1 d"],
  },
  {
    preset: "rails",
    name: "session_id",
    table: `CREATE TABLE sessions (id bigserial PRIMARY KEY,
        session_id character varying NOT NULL, data text,
        created_at timestamp(6) NOT NULL DEFAULT now(), updated_at timestamp(6) NOT NULL);
      CREATE UNIQUE INDEX index_sessions_on_session_id ON sessions (session_id);
      CREATE INDEX index_sessions_on_updated_at ON sessions (updated_at)`,
    insert: (name, age) => `INSERT INTO sessions (session_id, data, updated_at)
      SELECT ${name}, repeat('x', 200), ${local("UTC", age)}`,
    stay: ["0 s", "29 d 23 h"],
    go: ["30 d 1 h", "400 d"],
  },
  {
    preset: "active_sessions",
    name: "session_id",
    table: `CREATE TABLE active_sessions (session_id text PRIMARY KEY,
        last_activity timestamp NOT NULL DEFAULT now(), pad text DEFAULT repeat('x', 200));
      CREATE INDEX active_sessions_last_activity_idx ON active_sessions (last_activity)`,
    insert: (name, age) => `INSERT INTO active_sessions SELECT ${name}, ${local("UTC", age)}`,
    stay: ["0 s", "14 min"],
    go: ["16 min 1 s", "5 h"],
  },
  {
    preset: "custom",
    name: '"Schlüssel"',
    more: `table = '"odd.schema"."Odd ""Table"""'
      id = "Schlüssel"\nexpires_at = "bis; DROP TABLE x --"`,
    table: `CREATE SCHEMA "odd.schema";
      CREATE TABLE "odd.schema"."Odd ""Table""" ("Schlüssel" text PRIMARY KEY,
        "bis; DROP TABLE x --" timestamptz, pad text DEFAULT repeat('x', 200));
      CREATE INDEX ON "odd.schema"."Odd ""Table""" ("bis; DROP TABLE x --");
      INSERT INTO "odd.schema"."Odd ""Table""" VALUES ('stays without a time', NULL)`,
    insert: (name, age) => `INSERT INTO "odd.schema"."Odd ""Table"""
      SELECT ${name}, now() - interval '${age}'`,
    stay: ["-1 min"],
    go: ["1 s"],
    of: '"odd.schema"."Odd ""Table"""',
  },
];

const kFrom = { django_session: "django_session", "connect-pg-simple": "session",
  rails: "sessions", active_sessions: "active_sessions" };

for (const { preset, name, more = "", table, insert, stay, go, of = kFrom[preset] } of kTables) {
  test(`${preset} finds its table, and deletes what is due there`, async (t) => {
    const db = await database();
    set_zone(db, "Asia/Tokyo");
    db.sql(table);
    for (const age of stay) db.sql(insert(`'stays ${age}'`, age));
    for (const age of go) db.sql(insert(`'goes ${age}'`, age));
    db.sql(`${insert("'stays ' || i", stay[0])} FROM generate_series(1, ${kMany}) AS i`);
    const file = text_file(t, `[[retention]]\nname = "a"\npreset = "${preset}"
      url = "${db.url}"\n${more}`);

    const checked = await run_rollcall(t, ["check-config", file, "--connect"]);
    assert.deepEqual([checked.code, checked.errors], [0, ""]);
    const told = await run_rollcall(t, ["retention", "plan", "--config", file, "--json"]);
    const [plan] = json_lines(told.output);
    assert.deepEqual([plan.due, plan.way], [go.length, "trickle"], plan.reason);
    const names = () => db.sql(`SELECT ${name} FROM ${of} ORDER BY 1`).split("\n");
    const expected = names().filter((each) => each.startsWith("stays"));
    const run = await run_rollcall(t, ["retention", "run", "--config", file]);
    assert.deepEqual([run.code, run.errors], [0, ""]);
    assert.equal(json_lines(run.output).at(-1).deleted, go.length);
    assert.deepEqual(names(), expected);
  });
}
