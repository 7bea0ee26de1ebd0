// A site that uses the package, on an origin of its own, and its tabs in Chromium.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { wait_for } from "../../../tests/e2e/harness.mjs";
import { call } from "../../../tests/e2e/wire.mjs";

const kHere = fileURLToPath(new URL("..", import.meta.url));
const kStaleMs = 1_500;
const kTypes = { js: "text/javascript", html: "text/html" };
const kEmptyPage = `<!doctype html><title>A page</title><script type="module">
  import * as client from "/dist/index.js";
  window.client = client;
</script>`;
const kReactPage = '<!doctype html><div id="app"></div><script type="module" src="/app.js">'
  + "</script>";

// What a React application of the package becomes, bundled: a file of it, or its text.
export async function bundle(application) {
  const { outputFiles } = await build({
    ...application, bundle: true, write: false, format: "esm", jsx: "automatic",
    nodePaths: [`${kHere}node_modules`], define: { "process.env.NODE_ENV": '"development"' },
    alias: { "rollcall-client/react": `${kHere}dist/react.js`,
      "rollcall-client": `${kHere}dist/index.js` },
  });
  return outputFiles[0].text;
}

// Answers the site's origin. / is a page that has the package as `client`; /react.html runs the
// tests' React application; `more_files` are [type, text] by path, looked at each time.
export async function start_site(t, more_files = {}) {
  const files = {
    "/": ["html", kEmptyPage],
    "/dist/index.js": ["js", readFileSync(`${kHere}dist/index.js`)],
    "/react.html": ["html", kReactPage],
  };
  const server = createServer(async ({ url }, response) => {
    const path = url.split("?")[0];
    if (path === "/app.js") files[path] ??= ["js", 
      await bundle({ entryPoints: [`${kHere}tests/react_page.jsx`] })];
    const [type, text] = more_files[path] ?? files[path] ?? [];
    if (!type) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": kTypes[type] }).end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

// A tab of the site. `beats` are the sessionIds of the beats that it sent, `errors` what it threw.
export async function open_tab(context, site, path = "/") {
  const page = await context.newPage();
  const [beats, errors] = [[], []];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.resourceType() === "fetch") {
      beats.push(request.postData());
    }
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(site + path);
  await page.waitForFunction(() => window.client || window.app);
  return { page, beats, errors };
}

function start_beats(page, url, options = {}) {
  return page.evaluate(([where, more]) => {
    window.counts = [];
    window.beats = window.client.heartbeat({ url: where, ...more,
      onCount(online) {
        window.counts.push(online);
        window.counted_at = performance.now();
      } });
  }, [url, options]);
}

// A browser context, or one of its own, with a tab that beats; `options` are heartbeat()'s.
export async function open_beating_tab({ server, site, browser }, { context, ...options } = {}) {
  const tab = await open_tab(context ?? await browser.newContext(), site);
  await start_beats(tab.page, server.url, options);
  return tab;
}

// Waits until the number of a page is so old that it is worth asking again.
export async function is_stale(page) {
  await page.waitForFunction((age_ms) => performance.now() > window.counted_at + age_ms, kStaleMs);
}

export async function reload(page, server, options) {
  await page.reload();
  await page.waitForFunction(() => window.client);
  await start_beats(page, server.url, options);
}

export const close = (tab) => tab.page.close({ runBeforeUnload: true });

export async function shows(page, online) {
  await page.waitForFunction((number) => window.beats?.count === number, online,
    { timeout: 15_000 });
}

export const online = async (server) =>
  (await call(server, "GET", "/api/sessions/online")).json.online;

// Looks at the number all the time while `act` runs; answers how it changed.
export async function counts_during(server, act) {
  const seen = [];
  let going = true;
  const looking = wait_for(async () => {
    const count = await online(server);
    if (count !== seen.at(-1)) seen.push(count);
    return !going;
  }, { what: "the end", bound_ms: 60_000 });
  await act().finally(() => (going = false));
  await looking;
  return seen;
}
