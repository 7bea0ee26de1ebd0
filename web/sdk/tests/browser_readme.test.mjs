// The snippets of the README and of the guide, run as they stand but for the addresses.
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { open_browser } from "../../../tests/e2e/browser.mjs";
import { start_rollcall } from "../../../tests/e2e/harness.mjs";
import { bundle, start_site } from "./pages.mjs";
import { kTokenConfig, token_of } from "./socket_fixture.mjs";
import { kBoundMs, until } from "./until.mjs";

const kHere = new URL("..", import.meta.url).pathname;
const browser = await open_browser({ after });

// What a React application adds to the component that is shown.
const kApplication = (server) => `
import { createRoot } from "react-dom/client";
import { connect as open } from "rollcall-client";
async function fetch_token() {
  return "${token_of("ada")}";
}
const props = { connection: open({ url: "${server.url}", token: fetch_token }) };
createRoot(document.body).render(<Header {...props} />);
`;

async function shows(page, wanted) {
  await page.waitForFunction((text) => document.body.innerText.includes(text), wanted,
    { timeout: kBoundMs });
}

for (const file of ["README.md", "../../docs/embed.md"]) {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), "utf8");

  function snippet(language, server) {
    const [, code] = new RegExp("```" + language + "\\n(.*?)```", "s").exec(text);
    return code.replaceAll("https://live.example.com", server.url)
      .replaceAll('"/live"', `"${server.url}"`);
  }
  const unbundled = (code) => code.replace('from "rollcall-client"', 'from "/dist/index.js"');

  async function set_up(t) {
    const files = {};
    const site = await start_site(t, files);
    const config = `[server]\nallowed_origins = ["${site}"]\n${kTokenConfig}`;
    const server = await start_rollcall(t, { dev: false, config });
    const page = await browser.newPage();
    t.after(() => page.close());
    return { site, files, server, page };
  }

  test(`${file}: the first page counts`, async (t) => {
    const { site, files, server, page } = await set_up(t);
    files["/count"] = ["html", unbundled(snippet("html", server))];
    await page.goto(`${site}/count`);
    await shows(page, "1 people online");
  });

  test(`${file}: the first connection hears and sees`, async (t) => {
    const { site, server, page } = await set_up(t);
    const lines = [];
    page.on("console", (message) => lines.push(message.text()));
    await page.route("**/rollcall-token", (route) => route.fulfill({ body: token_of("ada") }));
    await page.goto(site);
    await page.addScriptTag({ type: "module", content: unbundled(snippet("js", server)) });
    await until(() => lines.includes("grace is offline"), "the connection's words");
  });

  test(`${file}: the React component shows who is here`, async (t) => {
    const { site, server, page } = await set_up(t);
    const contents = snippet("jsx", server) + kApplication(server);
    const code = await bundle({ stdin: { contents, loader: "jsx", resolveDir: kHere } });
    await page.goto(site);
    await page.addScriptTag({ type: "module", content: code });
    await shows(page, "1 online; Grace is offline");
  });
}
