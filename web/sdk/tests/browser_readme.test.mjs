// The README's snippets, run as they stand but for the addresses.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { transform } from "esbuild";
import { open_browser } from "../../../tests/e2e/browser.mjs";
import { start_rollcall, wait_for } from "../../../tests/e2e/harness.mjs";
import { start_site } from "./pages.mjs";
import { kTokenConfig, token_of } from "./socket_fixture.mjs";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const browser = await open_browser({ after });

function snippet(language, server) {
  const [, text] = new RegExp("```" + language + "\\n(.*?)```", "s").exec(readme);
  return text.replaceAll("https://live.example.com", server?.url)
    .replace('from "rollcall-client"', 'from "/dist/index.js"');
}

test("the first page counts", async (t) => {
  const server = await start_rollcall(t);
  const site = await start_site(t, { "/count": ["html", snippet("html", server)] });
  const page = await browser.newPage();
  await page.goto(`${site}/count`);
  await page.waitForFunction(() => document.getElementById("online").textContent === "1");
});

test("the first connection hears and sees", async (t) => {
  const site = await start_site(t);
  const config = `[server]\nallowed_origins = ["${site}"]\n${kTokenConfig}`;
  const server = await start_rollcall(t, { dev: false, config });
  const page = await browser.newPage();
  const lines = [];
  page.on("console", (message) => lines.push(message.text()));
  await page.route("**/rollcall-token", (route) => route.fulfill({ body: token_of("ada") }));
  await page.goto(site);
  await page.addScriptTag({ type: "module", content: snippet("js", server) });
  await wait_for(() => lines.includes("grace is offline") && lines.some((each) =>
    each.startsWith("open")), { what: "the connection's words" });
});

test("the React snippet is well formed", async () => {
  const { code } = await transform(snippet("jsx"), { loader: "jsx", jsx: "automatic" });
  assert.match(code, /useOnlineCount/);
});
