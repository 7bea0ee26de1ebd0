import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { open_browser, open_page } from "./browser.mjs";
import { start_process, start_rollcall, wait_for } from "./harness.mjs";

const example = (name) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

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
});

test("a page of another origin is counted, and leaves", async (t) => {
  const server = await start_rollcall(t);
  const html = readFileSync(example("heartbeat.html"), "utf8");
  const page_server = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end(html.replace("http://127.0.0.1:8085", server.url));
  }).listen(0, "127.0.0.1");
  t.after(() => page_server.close());
  await once(page_server, "listening");

  const url = `http://localhost:${page_server.address().port}/`;
  const { page } = await open_page(await open_browser(t), url);
  await wait_for(async () => (await page.textContent("#online")) === "1", { what: "it shows 1" });
  await page.close({ runBeforeUnload: true });
  await wait_for(async () => {
    const response = await fetch(`${server.url}/api/sessions/online`);
    return (await response.json()).online === 0;
  }, { what: "the closed page is gone" });
});
