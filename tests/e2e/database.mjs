// One PostgreSQL for all tests of a file, and a database for each.
import { execFileSync } from "node:child_process";
import { after } from "node:test";

import { start_postgres } from "./harness.mjs";

const at_end = [];
after(async () => {
  for (const step of at_end.reverse()) await step();
});

let server;
let databases = 0;

// As start_postgres() has it, with the url of a database of its own.
export async function own_database() {
  server ??= start_postgres({ after: (step) => at_end.push(step) });
  const postgres = await server;
  const name = `own_${++databases}`;
  psql(postgres, `CREATE DATABASE ${name}`);
  return { ...postgres, url: postgres.url.replace(/postgres$/, name) };
}

export const psql = (postgres, query) =>
  execFileSync("psql", ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", query,
    postgres.url], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
