// Real programs, started for one test and gone after it. Every wait is for a condition, and has
// a bound.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const kStartMs = 20_000;
const kStopMs = 10_000;
const kPollMs = 20;
const kLogLimit = 1024 * 1024;
export const kBinary = process.env.ROLLCALL_BINARY
  ?? fileURLToPath(new URL("../../build/dev/rollcall", import.meta.url));
const kPostgresVersions = "/usr/lib/postgresql";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

// The first truthy value of `condition` (which may be async); what it throws counts as "not yet".
export async function wait_for(condition, { what = "the condition", bound_ms = 10_000 } = {}) {
  const end = Date.now() + bound_ms;
  let last_error;
  do {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last_error = error;
    }
    await pause(kPollMs);
  } while (Date.now() < end);
  throw new Error(`${what}: not within ${bound_ms} ms`, { cause: last_error });
}

export function temporary_folder(t) {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function free_port() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// {child, output(), errors(), exit: promise of {code, signal}, stop(signal)}; stopped after `t`.
export function start_process(t, command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8");
    child[name].on("data", (chunk) => (text[name] = (text[name] + chunk).slice(-kLogLimit)));
  }
  running.add(child);
  const exit = new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("close", (code, signal) => resolve({ code, signal }));
  }).finally(() => running.delete(child));

  async function stop(signal = "SIGTERM") {
    child.kill(signal);
    const kill = setTimeout(() => child.kill("SIGKILL"), kStopMs);
    const result = await exit;
    clearTimeout(kill);
    return result;
  }
  t.after(() => stop());
  return { child, exit, stop, output: () => text.stdout, errors: () => text.stderr };
}

const kDefect = /Sanitizer|runtime error:|terminate called|Assertion/;

export function text_file(t, text, name = "rollcall.toml") {
  const file = join(temporary_folder(t), name);
  writeFileSync(file, text);
  return file;
}

// rollcall with these words, as a process above.
export function start_program(t, words, env = {}) {
  return start_process(t, kBinary, words, { env: { ...process.env, ...env } });
}

// A command that ends by itself: {code, signal, output, errors}.
export async function run_rollcall(t, words, { env = {}, bound_ms = kStartMs } = {}) {
  const program = start_program(t, words, env);
  const bound = setTimeout(() => program.child.kill("SIGKILL"), bound_ms);
  const { code, signal } = await program.exit;
  clearTimeout(bound);
  return { code, signal, output: program.output(), errors: program.errors() };
}

// The server on a free port, or on `port`: a process as above, with {url, host, port, file}. The
// test fails when the server ended by itself or with a report of a defect.
// `config` is the text of the configuration file `file`; `dev: false` leaves --dev out.
export async function start_rollcall(t, options = {}) {
  const { args = [], env = {}, config, dev = true, port = 0 } = options;
  const file = config === undefined ? null : text_file(t, config);
  const words = ["serve", ...(dev ? ["--dev"] : []), "--listen", `127.0.0.1:${port}`, ...args];
  const server = start_program(t, [...words, ...(file ? ["--config", file] : [])], env);
  let ended = null;
  server.exit.then((result) => (ended = result));
  t.after(async () => {
    const { code, signal } = await server.stop();
    const defect = kDefect.test(server.errors()) || (code !== 0 && signal !== "SIGKILL");
    if (defect) throw new Error(`rollcall ended with ${code ?? signal}: ${server.errors()}`);
  });
  await wait_for(() => server.output().includes("\n") || ended, {
    what: "the line that says where rollcall listens",
    bound_ms: kStartMs,
  });
  const [line] = server.output().split("\n");
  const match = /^rollcall listening on (https?:\/\/([\d.]+):(\d+))$/.exec(line);
  if (!match) throw new Error(`rollcall did not start: "${line}" ${server.errors()}`);
  return { ...server, url: match[1], host: match[2], port: Number(match[3]), file };
}

// An empty Redis that keeps nothing on disk: a process as above, with {url, port}.
export async function start_redis(t, { port, args = [] } = {}) {
  const chosen = port ?? (await free_port());
  const words = ["--bind", "127.0.0.1", "--port", String(chosen), "--save", ""];
  const server = start_process(t, "redis-server", [...words, ...args], {
    cwd: temporary_folder(t),
  });
  await wait_for(() => server.output().includes("Ready to accept connections"), {
    what: "redis-server",
    bound_ms: kStartMs,
  });
  return { ...server, port: chosen, url: `redis://127.0.0.1:${chosen}` };
}

function newest_postgres() {
  const versions = readdirSync(kPostgresVersions).sort((a, b) => Number(a) - Number(b));
  return join(kPostgresVersions, versions.at(-1), "bin");
}

// An empty PostgreSQL: {url, stop(), start(), log()}. It refuses to run as root.
export async function start_postgres(t) {
  const bin = newest_postgres();
  const as = process.getuid() === 0
    ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    : ["env"];
  const run = (words) => execFileSync(as[0], [...as.slice(1), ...words], { stdio: "pipe" });
  const folder = String(run(["mktemp", "-d", join(tmpdir(), "rollcall-postgres-XXXXXX")])).trim();
  const data = join(folder, "data");
  run([join(bin, "initdb"), "-D", data, "-U", "rollcall", "-A", "trust", "-N", "-E", "UTF8"]);
  const port = await free_port();
  const settings = ["fsync=off", "full_page_writes=off", "shared_buffers=32MB", "autovacuum=off"];
  const words = [join(bin, "postgres"), "-D", data, "-k", folder, "-h", "127.0.0.1",
    "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];

  async function launch() {
    const server = start_process(t, as[0], [...as.slice(1), ...words]);
    await wait_for(() => server.errors().includes("ready to accept connections"), {
      what: "postgres",
      bound_ms: kStartMs,
    });
    return server;
  }
  let current = await launch();
  t.after(async () => {
    await current.stop("SIGINT");
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    url: `postgresql://rollcall@127.0.0.1:${port}/postgres`,
    stop: () => current.stop("SIGINT"),
    start: async () => void (current = await launch()),
    log: () => current.errors(),  // since it started
  };
}
