// deploy/haproxy.cfg, in a real HAProxy in front of real servers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { free_port, start_process, start_rollcall, text_file, wait_for } from "./harness.mjs";
import { check_proxy } from "./proxy_checks.mjs";
import { open_socket } from "./socket.mjs";
import { claims_of, kSecret, sign } from "./tokens.mjs";
import { call } from "./wire.mjs";

const kConf = fileURLToPath(new URL("../../deploy/haproxy.cfg", import.meta.url));
const kServer = "server node1 127.0.0.1:8085";
const kDrained = {
  dev: false,
  config: `[auth]\nsecret = "${kSecret}"\n[realtime]\ndrain_spread = "100ms"\n`,
};

// The file as it is, but for where it listens, logs and finds the servers.
async function start_haproxy(t, ...servers) {
  const port = await free_port();
  const nodes = servers.map((server, i) => `  server node${i + 1} ${server.host}:${server.port}`);
  const text = readFileSync(kConf, "utf8");
  assert.ok(text.includes(kServer));
  const conf = text
    .replace("bind :80", `bind 127.0.0.1:${port}`)
    .replace(`  ${kServer}`, nodes.join("\n"))
    .replace("log /dev/log local0", "log stdout format raw local0")
    .replace("maxconn 100000", "maxconn 256");
  const haproxy = start_process(t, "/usr/sbin/haproxy", ["-db", "-f", text_file(t, conf, "conf")]);
  const front = { url: `http://127.0.0.1:${port}`, host: "127.0.0.1", port };
  await wait_for(async () => (await call(front, "GET", "/healthz")).status === 200, {
    what: "HAProxy",
  });
  return { ...front, logs: () => haproxy.output() + haproxy.errors() };
}

check_proxy({ name: "HAProxy", start: start_haproxy, gone_status: 503 });

test("HAProxy: a node that drains loses no request, and its users come to another", async (t) => {
  const [one, two] = [await start_rollcall(t, kDrained), await start_rollcall(t, kDrained)];
  const front = await start_haproxy(t, one, two);
  const token = sign("HS256", kSecret, claims_of("ada"));
  const open = () => open_socket(t, front, { headers: { Authorization: `Bearer ${token}` } });
  const tabs = [await open(), await open()];  // one each: those with the fewest come first
  const online = async () => (await call(front, "GET", "/api/sessions/online")).status;
  one.child.kill("SIGTERM");
  const { code } = await Promise.race(tabs.map((tab) => tab.closed));
  assert.equal(code, 1001);
  await one.exit;
  for (let i = 0; i < 20; ++i) assert.equal(await online(), 200);
  const { welcome } = await open();
  assert.equal(welcome.user, "ada");
});
