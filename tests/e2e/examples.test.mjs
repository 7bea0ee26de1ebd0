import assert from "node:assert/strict";
import { copyFileSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { open_browser, open_page } from "./browser.mjs";
import { run_rollcall, start_process, start_rollcall, temporary_folder, wait_for }
  from "./harness.mjs";
import { kNoSpread, open_socket } from "./socket.mjs";
import { kSecret } from "./tokens.mjs";
import { call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
const with_key = { headers: { "X-API-Key": kKey } };

const example = (name) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

// A server that verifies tokens, allowing pages of `origin`.
function start_verifying(t, { port, origin = "https://shop.example" } = {}) {
  const config = `
[server]
api_keys = ["${kKey}"]
allowed_origins = ["${origin}"]
[auth]
secret = "${kSecret}"
[realtime]
offline_grace = "0s"
`;
  return start_rollcall(t, { dev: false, config, port, env: kNoSpread });
}

async function make_token(t, server, user) {
  const words = ["token", "--config", server.file, "--sub", user, "--watch", "*"];
  const { code, output, errors } = await run_rollcall(t, words);
  assert.equal(code, 0, errors);
  return output.trim();
}

// A page on a port of its own: `files` by path, which may be set after the start.
async function serve_page(t) {
  const files = {};
  const server = createServer(({ url }, response) => {
    response.setHeader("Content-Type", url === "/" ? "text/html" : "text/plain");
    response.end(files[url] ?? "");
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return { files, origin: `http://localhost:${server.address().port}` };
}

test("the tour goes through, and says what it finds", async (t) => {
  const config = readFileSync(example("rollcall.toml"), "utf8");
  const server = await start_rollcall(t, { config });
  const tour = start_process(t, "bash", [example("tour.sh"), server.url]);
  const { code } = await tour.exit;
  assert.equal(code, 0, tour.errors());
  const answers = tour.output().split("\n").filter((line) => line.startsWith("{"));
  assert.deepEqual(answers.slice(0, 5).map((line) => JSON.parse(line).online), [1, 2, 2, 1, 0]);
  assert.deepEqual(JSON.parse(answers[7]).members.sort(), ["17", "23"]);
  assert.deepEqual(JSON.parse(answers[9]), { live: ["17"] });
  assert.deepEqual(JSON.parse(answers[10]), { roster: "crm_navbar", online: 1, ttlMs: 300_000 });
  assert.deepEqual(JSON.parse(answers[11]), { users: [], cursor: null });
  assert.deepEqual(JSON.parse(answers[14]), { reach: "cluster" });
});

test("a page of another origin is counted, and leaves", async (t) => {
  const server = await start_rollcall(t);
  const html = readFileSync(example("heartbeat.html"), "utf8");
  const { files, origin } = await serve_page(t);
  files["/"] = html.replace("http://127.0.0.1:8085", server.url);

  const { page } = await open_page(await open_browser(t), `${origin}/`);
  await wait_for(async () => (await page.textContent("#online")) === "1", { what: "it shows 1" });
  await page.close({ runBeforeUnload: true });
  await wait_for(async () => {
    const response = await fetch(`${server.url}/api/sessions/online`);
    return (await response.json()).online === 0;
  }, { what: "the closed page is gone" });
});

test("a page of another origin is reached, comes back, and stays away when told", async (t) => {
  const { files, origin } = await serve_page(t);
  const server = await start_verifying(t, { origin });
  const html = readFileSync(example("realtime.html"), "utf8");
  files["/"] = html.replace("ws://127.0.0.1:8085", server.url.replace(/^http/, "ws"));
  files["/token"] = await make_token(t, server, "ada");
  const { page } = await open_page(await open_browser(t), `${origin}/`);
  const shows = (text) =>
    wait_for(async () => (await page.textContent("#state")) === text, { what: text });
  await shows("connected as ada");
  const reach = (text) =>
    call(server, "POST", "/api/v1/realtime/users/ada/messages", { ...with_key, body: text });
  await reach("<b>hello</b> 𝄞");
  await wait_for(async () => (await page.textContent("#messages")) === "<b>hello</b> 𝄞");

  await server.stop();
  await shows("reconnecting…");
  await start_verifying(t, { origin, port: server.port });
  await shows("connected as ada");
  await call(server, "DELETE", "/api/v1/realtime/users/ada/connections", with_key);
  await shows("closed: kicked");
});

// Node looks for packages beside the file: those of the tests will do.
function node_client(t) {
  const folder = temporary_folder(t);
  copyFileSync(example("node/client.mjs"), join(folder, "client.mjs"));
  copyFileSync(example("node/package.json"), join(folder, "package.json"));
  const modules = fileURLToPath(new URL("node_modules", import.meta.url));
  symlinkSync(modules, join(folder, "node_modules"));
  return ["node", join(folder, "client.mjs")];
}

const kClients = {
  Node: node_client,
  Python: () => ["/usr/bin/python3", example("python/client.py")],
};

for (const [name, command_of] of Object.entries(kClients)) {
  test(`the ${name} client prints what it hears, and comes back`, async (t) => {
    const server = await start_verifying(t);
    const [command, script] = command_of(t);
    const token = await make_token(t, server, "ada");
    const words = [script, server.url.replace(/^http/, "ws"), "grace"];
    const env = { ...process.env, ROLLCALL_TOKEN: token };
    const client = start_process(t, command, words, { env });
    const printed = () => client.output().split("\n").slice(0, -1);
    const prints = async (...lines) => {
      await wait_for(() => printed().length >= lines.length, { what: lines.at(-1) });
      assert.deepEqual(printed(), lines);
    };
    const first = ["connected as ada", "grace: offline"];
    await prints(...first);
    const headers = { Authorization: `Bearer ${await make_token(t, server, "grace")}` };
    const grace = await open_socket(t, server, { headers });
    await prints(...first, "grace: online (connected)");
    await grace.close();
    const body = "hello 𝄞";
    await prints(...first, "grace: online (connected)", "grace: offline (left)");
    await call(server, "POST", "/api/v1/realtime/broadcast", { ...with_key, body });
    const heard = [...first, "grace: online (connected)", "grace: offline (left)", body];
    await prints(...heard);

    await server.stop();
    await start_verifying(t, { port: server.port });
    // It may have come back once before the server was gone.
    await wait_for(() => printed().length > heard.length + 1 && printed().at(-1) === first.at(-1));
    await call(server, "DELETE", "/api/v1/realtime/users/ada/connections", with_key);
    assert.equal((await client.exit).code, 1);
    assert.equal(client.errors(), "closed: kicked\n");
  });

  test(`the ${name} client does not try again with a bad token`, async (t) => {
    const server = await start_verifying(t);
    const [command, script] = command_of(t);
    const env = { ...process.env, ROLLCALL_TOKEN: "bad" };
    const words = [script, server.url.replace(/^http/, "ws")];
    const client = start_process(t, command, words, { env });
    assert.equal((await client.exit).code, 1);
    assert.equal(client.errors(), "refused: 401\n");
  });
}
