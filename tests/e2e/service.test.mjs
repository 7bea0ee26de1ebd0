// What rollcall tells systemd, or whoever else minds it as a service.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start_rollcall, wait_for } from "./harness.mjs";
import { start_supervisor } from "./supervisor.mjs";

const without_pings = (notices) => notices.filter((notice) => !("WATCHDOG" in notice));

test("a service tells that it serves, reloads, serves again, and stops", async (t) => {
  const supervisor = await start_supervisor(t);
  const server = await start_rollcall(t, {
    env: supervisor.env,
    config: '[server]\ndrain = "20s"\n',
  });
  const serving = { READY: "1", STATUS: `Serving ${server.url}` };
  await supervisor.until((notices) => notices.length === 1);
  assert.deepEqual(supervisor.notices(), [serving]);
  server.child.kill("SIGHUP");
  await supervisor.until((notices) => notices.length === 3);
  const [, { MONOTONIC_USEC, ...reloading }, again] = supervisor.notices();
  assert.deepEqual(reloading, { RELOADING: "1", STATUS: "Reloading" });
  assert.match(MONOTONIC_USEC, /^[1-9]\d+$/);
  assert.deepEqual(again, serving);
  assert.equal((await server.stop()).code, 0);
  await supervisor.until((notices) => notices.length === 4);
  assert.deepEqual(supervisor.notices().at(-1),
    { STOPPING: "1", EXTEND_TIMEOUT_USEC: "30000000", STATUS: "Draining" });
});

test("a service that has a watchdog pings it, and no other's", async (t) => {
  const supervisor = await start_supervisor(t);
  const env = { ...supervisor.env, WATCHDOG_USEC: "150000" };
  await start_rollcall(t, { env, args: ["--threads", "3"] });
  const pings = (notices) => notices.length - without_pings(notices).length;
  await supervisor.until((notices) => pings(notices) >= 5);
  const other = await start_supervisor(t);
  await start_rollcall(t, { env: { ...env, ...other.env, WATCHDOG_PID: "1" } });
  const before = pings(supervisor.notices());
  await supervisor.until((notices) => pings(notices) >= before + 5);
  assert.equal(other.notices().length, 1, "READY alone");
});

test("a supervisor that is gone is reported, and harms nobody", async (t) => {
  const server = await start_rollcall(t, { env: { NOTIFY_SOCKET: "/nowhere/notify" } });
  await wait_for(() => server.errors().includes("the supervisor is not told"));
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});
