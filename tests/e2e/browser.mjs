import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const kArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function find_chromium() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, "chromium")).find(existsSync);
  if (!found) throw new Error("chromium is not in PATH");
  return found;
}

// A headless Chromium, closed after `t`.
export async function open_browser(t) {
  const browser = await chromium.launch({ executablePath: find_chromium(), args: kArguments });
  t.after(() => browser.close());
  return browser;
}

// A page in a context of its own. Whatever the page complains about is collected in `complaints`:
// errors on the console, exceptions, and violations of the content security policy.
export async function open_page(browser, url, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(url);
  return { page, context, complaints };
}
