// Session tables in a real PostgreSQL, with rows that say by themselves whether they may go.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { own_database, psql } from "./database.mjs";
import { kBinary, start_process, text_file } from "./harness.mjs";

export const kPolicy = "user_sessions";

// A database of its own, and psql as another program would use it: {url, sql(text) -> its rows as
// text, hold(t, text)}.
export async function database() {
  const own = await own_database();
  const hold_open = (t, text) => hold(t, own.url, text);
  return { url: own.url, sql: (text) => psql(own, text), hold: hold_open };
}

// A session that has run the text, and stays open until end() is called or the test is over.
async function hold(t, url, text) {
  const child = spawn("psql", ["-X", "-q", "-A", "-t", "-d", url]);
  const closed = once(child, "close");
  const end = async () => {
    child.stdin.end();
    await closed;
  };
  t.after(end);
  child.stdin.write(`${text}; SELECT 'held';\n`);
  child.stdout.setEncoding("utf8");
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    if (chunk.includes("held")) break;
  }
  child.stdout.resume();
  return { end };
}

// Of all sessions to come.
export function set_zone(db, zone) {
  db.sql(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = %L', current_database(),
    '${zone}'); END $$`);
}

// The table of the preset hatchet as that program defines it. In `data` stands whether a row
// stays, written by hand for each kind of row. The database's own zone must not matter.
export function make_hatchet(db, { copies = 1 } = {}) {
  set_zone(db, "America/New_York");
  db.sql(`
    SET TimeZone = 'UTC';
    CREATE TABLE "User" (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
    CREATE TABLE "UserSession" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
      "updatedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
      "userId" uuid, "data" jsonb, "expiresAt" timestamp(3) NOT NULL,
      CONSTRAINT "UserSession_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "UserSession_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id")
        ON DELETE CASCADE ON UPDATE CASCADE);
    CREATE UNIQUE INDEX "UserSession_id_key" ON "UserSession" ("id");
    INSERT INTO "User" DEFAULT VALUES;
    INSERT INTO "UserSession" ("createdAt", "userId", "expiresAt", "data")
    SELECT c, CASE WHEN has_user THEN (SELECT id FROM "User") END, e,
      jsonb_build_object('stays', stays, 'kind', kind, 'pad', repeat('x', 200))
    FROM generate_series(1, ${copies}), (VALUES
      ('fresh, of nobody', now() - interval '1 h', false, now() + interval '29 d', true),
      ('fresh, of a user', now() - interval '1 h', true, now() + interval '29 d', true),
      ('old, of a user', now() - interval '29 d', true, now() + interval '1 d', true),
      ('nearly a day, of nobody', now() - interval '23 h', false, now() + interval '1 h', true),
      ('over a day, of nobody', now() - interval '25 h', false, now() + interval '29 d', false),
      ('expired, of a user', now() - interval '30 d', true, now() - interval '1 min', false),
      ('fresh, but expired', now(), false, now() - interval '1 min', false),
      ('of the next hours', now() + interval '4 h', false, now() + interval '4 h', true),
      ('ends in an hour', now() - interval '1 h', true, now() + interval '1 h', true),
      ('for ever', now(), true, 'infinity', true),
      ('since ever, of nobody', '-infinity', false, 'infinity', false),
      ('since ever, of a user', '-infinity', true, 'infinity', true),
      ('never valid', now(), true, '-infinity', false)
    ) AS odd (kind, c, has_user, e, stays)`);
}

export function kinds_left(db) {
  return db.sql(`SELECT count(*) FILTER (WHERE data->>'stays' = 'true'),
    count(*) FILTER (WHERE data->>'stays' = 'false') FROM "UserSession"`);
}

export const kStaying = 8;
export const kGoing = 5;

export function settings(t, db, { retention = "", more = "" } = {}) {
  return text_file(t, `
[postgres]
url = "${db.url}"
${more}
[[retention]]
name = "${kPolicy}"
preset = "hatchet"
${retention}`);
}

export function json_lines(text) {
  return text.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

// script(1) gives the program a terminal, and passes its exit status on.
export async function on_a_terminal(t, ...words) {
  const command = [kBinary, "retention", ...words].map((word) => `'${word}'`).join(" ");
  const run = start_process(t, "script", ["-qec", command, "/dev/null"]);
  const { code } = await run.exit;
  return { code, shown: run.output() };
}
