// What the pages tell people to write and to type is taken as it stands.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { block_with, blocks_of, page_names, text_of_page } from "./guide_pages.mjs";
import { run_rollcall, start_redis, start_rollcall, temporary_folder, text_file, wait_for }
  from "./harness.mjs";
import { start_nginx } from "./nginx.mjs";
import { kNoSpread, open_socket } from "./socket.mjs";
import { claims_of, kSecret, sign } from "./tokens.mjs";
import { call } from "./wire.mjs";

const run = promisify(execFile);
const kRoster = '[[roster]]\nname = "crm_navbar"\n';

test("the settings that pages show are taken", async (t) => {
  const folder = temporary_folder(t);
  for (const name of ["api_keys", "token_secret", "gateway_secret"]) {
    writeFileSync(join(folder, name), `${"0123456789abcdef".repeat(4)}\n`);
  }
  const blocks = page_names().flatMap((page) =>
    blocks_of(page, "toml").map((text) => ({ page, text })));
  assert.ok(blocks.length > 10, String(blocks.length));
  await Promise.all(blocks.map(async ({ page, text }) => {
    // Of a part of a file, the rest says which rosters there are.
    const whole = text.includes("[[refresh]]") ? text + kRoster : text;
    const settings = whole.replace(/_file = "(?:\/etc\/rollcall\/)?/g, `_file = "${folder}/`);
    const words = ["check-config", text_file(t, settings)];
    const { code, output, errors } = await run_rollcall(t, words);
    assert.equal(code, 0, `${page}: ${output}${errors}${text}`);
  }));
});

const kCommand = /^(?:\$ |build\/release\/)?rollcall ([a-z-]+(?:[ |][^#>]*)?)(?=$|[#>])/;

// [{page, words}] of the commands of rollcall that stand in a page, without what a shell makes of
// them.
function commands_in(page) {
  const typed = [...blocks_of(page, "sh"), ...blocks_of(page, "console")].join("\n")
    .replaceAll("\\\n", " ").split("\n");
  const named = [...text_of_page(page).matchAll(/`(rollcall [^`\n]+)`/g)].map(([, text]) => text);
  return [...typed, ...named]
    .map((line) => kCommand.exec(line)?.[1])
    .filter(Boolean)
    .map((text) => ({ page, words: text.trim().split(/\s+/) }));
}

test("the commands and flags that pages show are those of the program", async (t) => {
  const helps = {};
  const help_of = (verbs) => helps[verbs.join(" ")] ??= run_rollcall(t, [...verbs, "--help"]);
  const commands = page_names().flatMap(commands_in);
  assert.ok(commands.length > 30, String(commands.length));
  for (const { page, words } of commands) {
    const verbs = [];
    for (const word of words) {
      const { output } = await help_of(verbs);
      if (!/\nCommands:\n/.test(output)) break;
      const [verb] = word.split("|");  // as in plan|run
      if (!new RegExp(`^  ${verb} `, "m").test(output)) break;
      verbs.push(verb);
    }
    assert.ok(verbs.length > 0, `${page}: ${words.join(" ")}`);
    const { output } = await help_of(verbs);
    for (const flag of words.filter((word) => word.startsWith("--"))) {
      assert.match(output, new RegExp(`[ ,]${flag} `), `${page}: ${words.join(" ")}: ${flag}`);
    }
  }
});

test("the tour of the README goes as it says", async (t) => {
  const config = text_of_page("examples/rollcall.toml");
  const server = await start_rollcall(t, { config, env: kNoSpread });
  const tour = blocks_of("README.md", "sh").filter((text) => text.startsWith("$ "));
  let shown = 0;
  for (const text of tour) {
    if (text.includes("/users/ada")) await open_socket(t, server, { user: "ada" });
    for (const step of text.split(/^\$ /m).slice(1)) {
      const [command, answer] = step.split("\n");
      const { stdout } = await run("bash", ["-c",
        command.replace("http://127.0.0.1:8085", server.url).replace("curl", "curl --silent")]);
      const [beginning, ...more] = answer.split("...");
      assert.equal(more.length > 0 ? stdout.slice(0, beginning.length) : stdout, beginning);
      shown += 1;
    }
  }
  assert.equal(shown, 7);
});

test("a path of the page's own origin serves it all, as docs/embed.md says", async (t) => {
  const config = '[server]\ntrusted_proxies = ["127.0.0.1/32"]\n'
    + `[auth]\nsecret = "${kSecret}"\n`;
  const server = await start_rollcall(t, { dev: false, config, env: kNoSpread });
  const block = block_with("docs/embed.md", "nginx", "/live/");
  const front = await start_nginx(t, server, (site) =>
    site.replace("  location / {", `${block}  location / {`));
  const page = { Origin: front.url };
  const beat = await call(front, "POST", "/live/api/sessions/activity", { headers: page });
  assert.equal(beat.body, '{"online":1}');
  const token = sign("HS256", kSecret, claims_of("ada"));
  const socket = await open_socket(t, { url: `${front.url}/live` }, {
    headers: page, protocols: ["rollcall.v1", `bearer.${token}`],
  });
  assert.equal(socket.welcome.user, "ada");
});

test("a Redis user with the permissions of docs/protocol.md is enough", async (t) => {
  const redis = await start_redis(t);
  const rules = block_with("docs/protocol.md", "", "ACL SETUSER").replace("PASSWORD", "secret");
  const words = ["-p", String(redis.port), ...rules.trim().split(/\s+/)];
  assert.equal((await run("redis-cli", words)).stdout, "OK\n");
  const url = redis.url.replace("//", "//rollcall:secret@");
  const server = await start_rollcall(t, { config: `[redis]\nurl = "${url}"\n`, env: kNoSpread });
  const socket = await open_socket(t, server, { user: "ada" });
  assert.deepEqual(await socket.watch("grace"), { grace: "offline" });
  await wait_for(async () => (await run_rollcall(t, ["status", "--url", server.url])).code === 0);
  const doctor = await run_rollcall(t, ["doctor", "--json", "--config", server.file], {
    env: { ROLLCALL_SERVER_LISTEN: server.url.slice("http://".length) },
  });
  const { findings } = JSON.parse(doctor.output);
  const redis_findings = findings.filter(({ area }) => area === "redis");
  assert.ok(redis_findings.some(({ check }) => check === "acl"));
  assert.deepEqual(redis_findings.filter(({ severity }) => severity !== "ok"), []);
});
