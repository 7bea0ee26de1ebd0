// The backends of examples/backends, set up as docs/backends.md says: each signs tokens that
// rollcall takes, and reaches users.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { block_with } from "./guide_pages.mjs";
import { start_process, start_rollcall, temporary_folder, wait_for } from "./harness.mjs";
import { kNoSpread, open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

const kBackends = {
  "backend.mjs": "node",
  "backend.rb": "ruby",
  "backend.py": "/usr/bin/python3",
};
const of_page = (language, part) => block_with("docs/backends.md", language, part);

function make_secrets(t) {
  const folder = temporary_folder(t);
  execFileSync("bash", ["-ec", of_page("sh", "openssl")], { cwd: folder });
  return folder;
}

function start_server(t, folder) {
  const config = of_page("toml", "secret_file").replaceAll('_file = "', `_file = "${folder}/`);
  return start_rollcall(t, { dev: false, config, env: kNoSpread });
}

// Answers ask(path, user): {status, text}.
async function start_backend(t, name, { folder, server }) {
  const file = fileURLToPath(new URL(`../../examples/backends/${name}`, import.meta.url));
  const exports = of_page("sh", "export").replace("http://127.0.0.1:8085", server.url)
    .replace("PORT=3000", "PORT=0")
    .replace(/^node backend.*$/m, `exec ${kBackends[name]} ${file}`);
  const backend = start_process(t, "bash", ["-ec", exports], { cwd: folder });
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
    const folder = make_secrets(t);
    const server = await start_server(t, folder);
    const ask = await start_backend(t, name, { folder, server });
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
