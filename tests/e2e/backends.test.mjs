// The backends of examples/backends: each signs tokens that rollcall takes, and reaches users.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { start_process, start_rollcall, text_file, wait_for } from "./harness.mjs";
import { kNoSpread, open_socket } from "./socket.mjs";
import { kSecret } from "./tokens.mjs";
import { call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const kBackends = {
  "backend.mjs": "node",
  "backend.rb": "ruby",
  "backend.py": "/usr/bin/python3",
};

function start_server(t, secret_file) {
  const config = `[server]\napi_keys = ["${kKey}"]\n[auth]\nsecret_file = "${secret_file}"\n`
    + '[[roster]]\nname = "crm_navbar"\n';
  return start_rollcall(t, { dev: false, config, env: kNoSpread });
}

// Answers ask(path, user): {status, text}.
async function start_backend(t, name, env) {
  const file = fileURLToPath(new URL(`../../examples/backends/${name}`, import.meta.url));
  const backend = start_process(t, kBackends[name], [file], { env: { ...process.env, ...env } });
  const url = await wait_for(() => /listening on (\S+)\n/.exec(backend.output())?.[1], {
    what: `${name} to listen`, bound_ms: 20_000,
  });
  return async (path, user) => {
    const headers = user ? { Cookie: `theme=dark; user=${user}` } : {};
    const response = await fetch(url + path, { method: "POST", headers });
    return { status: response.status, text: await response.text() };
  };
}

for (const name of Object.keys(kBackends)) {
  test(`${name} signs tokens, reaches a user, and works for those who are there`, async (t) => {
    const secret_file = text_file(t, `${kSecret}\n`, "secret");
    const server = await start_server(t, secret_file);
    const ask = await start_backend(t, name, { ROLLCALL_URL: server.url, ROLLCALL_API_KEY: kKey,
      ROLLCALL_SECRET_FILE: secret_file });
    assert.equal((await ask("/rollcall-token")).status, 401);
    assert.deepEqual(await ask("/report", "ada"), { status: 200, text: "false" });
    assert.deepEqual(await ask("/refresh", "ada"), { status: 200, text: "false" });

    const { status, text: token } = await ask("/rollcall-token", "ada");
    assert.equal(status, 200, token);
    const protocols = ["rollcall.v1", `bearer.${token}`];
    const socket = await open_socket(t, server, { protocols });
    assert.equal(socket.welcome.user, "ada");
    assert.deepEqual(await socket.watch("grace"), { grace: "offline" });
    assert.deepEqual(await ask("/report", "ada"), { status: 200, text: "true" });
    await socket.take_type("report");

    await call(server, "PUT", "/api/v1/rosters/crm_navbar/members/me", {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.deepEqual(await ask("/refresh", "ada"), { status: 200, text: "true" });
    await socket.take_type("refresh");
  });
}
