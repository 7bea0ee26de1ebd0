// Who may see the dashboard, and what may be done there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kPhone, look_at, open_dashboard, shows, start_watched, text_of }
  from "./dashboard_world.mjs";
import { free_port, wait_for } from "./harness.mjs";
import { open_socket } from "./socket.mjs";
import { call } from "./wire.mjs";

const kKey = "the-key-of-an-operator";
const with_key = `[server]\napi_keys = ["${kKey}"]\n`;
const kRefused = /status of 401/;

async function enter(page, key) {
  await page.fill("#key", key);
  await page.click("#key_form button");
}

test("it asks for a key, keeps it in this tab, and forgets it", async (t) => {
  const server = await start_watched(t, { dev: false, config: with_key });
  const { page, context, complaints } = await open_dashboard(t, server, { viewport: kPhone });
  await shows(page, "#gate_reason", /Enter one of the keys/);
  assert.ok(await page.isHidden("#board"));
  assert.equal(await page.evaluate(() => document.activeElement.id), "key");
  await enter(page, "another-key-altogether");
  await shows(page, "#gate_reason", /does not know this key/);
  await look_at(page, "gate");
  await enter(page, kKey);
  await shows(page, "#link", /^live$/);
  assert.ok(await page.isHidden("#gate"));
  await page.reload();
  await shows(page, "#link", /^live$/);
  assert.doesNotMatch(await page.content(), new RegExp(kKey));
  assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0);

  const other = await context.newPage();
  await other.goto(`${server.url}/dashboard`);
  await shows(other, "#gate_reason", /Enter one of the keys/);
  await page.click("#forget_key");
  await shows(page, "#gate_reason", /Enter one of the keys/);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  assert.deepEqual(complaints.filter((words) => !kRefused.test(words)), []);
});

test("without a key configured it says what to configure", async (t) => {
  const server = await start_watched(t, { dev: false });
  const { page } = await open_dashboard(t, server);
  await shows(page, "#gate_reason", /none is configured: set server.api_keys/);
  assert.ok(await page.isHidden("#key_form"));
});

test("admin_listen needs no key, and has no users", async (t) => {
  const port = await free_port();
  const config = `[server]\nadmin_listen = "127.0.0.1:${port}"\n`;
  await start_watched(t, { dev: false, config });
  const { page, complaints } = await open_dashboard(t, { url: `http://127.0.0.1:${port}` });
  await shows(page, "#link", /^live$/);
  await page.waitForSelector("#no_people", { state: "visible" });
  assert.ok(await page.isHidden("#people_tools"));
  assert.deepEqual(complaints.filter((words) => !/status of 404/.test(words)), []);
});

test("a user is found, explained, and disconnected once that was confirmed", async (t) => {
  const server = await start_watched(t, { args: ["--node-name", "web-1"] });
  const { page, complaints } = await open_dashboard(t, server);
  await shows(page, "#connected_words", /^Nobody is connected/);
  const socket = await open_socket(t, server, { query: { user_id: "<b>ada</b>" } });
  await page.fill("#user", "<b>ada</b>");
  await page.keyboard.press("Enter");
  await shows(page, "#user_news", /^<b>ada<\/b> is online, with 1 connection\.$/);
  assert.match(await text_of(page, "#user_connections"), /web-1/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "user_name");

  await page.click("#disconnect");
  const dialog = page.getByRole("dialog", { name: "Disconnect <b>ada</b>?" });
  await dialog.waitFor();
  await look_at(page, "disconnect");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  const path = `/api/v1/realtime/users/${encodeURIComponent("<b>ada</b>")}`;
  assert.equal((await call(server, "GET", path)).json.connections.length, 1, "kept");

  // The answer to the look that follows may still have what is closing.
  const stale = (await call(server, "GET", path)).json;
  const is_explained = (url) => url.pathname === path;
  await page.click("#disconnect");
  await page.route(is_explained, (route) => route.fulfill({ json: stale }), { times: 1 });
  await dialog.getByRole("button", { name: "Disconnect" }).click();
  assert.equal((await socket.closed).code, 4403);
  await shows(page, "#user_news", /was disconnected/);
  await wait_for(async () => (await call(server, "GET", path)).json.connections.length === 0);

  await open_socket(t, server, { query: { user_id: "<b>ada</b>" } });
  await shows(page, "#user_news", /^<b>ada<\/b> is online, with 1 connection\.$/);
  assert.equal(await page.locator("#user_connections tr").count(), 1);
  assert.deepEqual(complaints, []);
});

test("the page itself holds nothing, inline or secret", async (t) => {
  const server = await start_watched(t, { dev: false, config: with_key });
  const response = await fetch(`${server.url}/dashboard`);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*/);
  assert.doesNotMatch(await response.text(), /<style|\sstyle=|\son\w+=|<script>/);
  for (const path of ["/api/v1/history", "/api/v1/nodes", "/api/v1/status"]) {
    assert.equal((await fetch(server.url + path)).status, 401, path);
  }
});
