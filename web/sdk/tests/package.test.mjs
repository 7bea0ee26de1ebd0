// The package as somebody else gets it: packed, installed in a folder of its own, imported, and
// checked by their compiler.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporary_folder } from "../../../tests/e2e/harness.mjs";

const kPackage = fileURLToPath(new URL("..", import.meta.url));
const kModules = join(kPackage, "node_modules");

const run = (folder, ...words) =>
  execFileSync(words[0], words.slice(1), { cwd: folder, encoding: "utf8", stdio: "pipe" });

// A project elsewhere that has installed the package.
function install(t) {
  const folder = temporary_folder(t);
  const packed = run(kPackage, "npm", "pack", "--json", "--ignore-scripts",
    "--pack-destination", folder);
  const [{ filename, files }] = Object.values(JSON.parse(packed));
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{"name":"project","type":"module"}');
  run(project, "npm", "install", "--offline", "--no-audit", join(folder, filename));
  return { project, files: files.map(({ path }) => path) };
}

// So that what uses React finds it.
function link_react(project) {
  for (const name of ["react", "@types", "csstype"]) {
    symlinkSync(join(kModules, name), join(project, "node_modules", name));
  }
}

function check_types(project, module, resolution) {
  writeFileSync(join(project, "page.tsx"), kPage);
  const words = ["--noEmit", "--strict", "--target", "ES2022", "--module", module,
    "--moduleResolution", resolution, "--jsx", "react-jsx", "--types", "react", "page.tsx"];
  run(project, process.execPath, join(kModules, "typescript", "bin", "tsc"), ...words);
}

const kPage = `
import { connect, heartbeat, type Connection, type PresenceChange, type Status }
  from "rollcall-client";
import { useOnlineCount, usePresence } from "rollcall-client/react";

const beats = heartbeat({ url: "/live", onCount: (online, { certainty }) => {
  document.title = online.toFixed() + (certainty === "at-least" ? "+" : "");
} });
const count: number | null = beats.count;
const connection: Connection = connect({ url: "/live", token: async () => "token" });
connection.on("presence", ({ user, status }: PresenceChange) => console.log(user, status, count));
connection.on("message", (message) => typeof message === "string" && message.length);
const off: () => void = connection.on("state", ({ state, retryInMs }) => [state, retryInMs]);
export function Page() {
  const online: number | undefined = useOnlineCount()?.online;
  const browser = typeof window === "undefined" ? null : connection;
  const ada: Status | undefined = usePresence(browser, ["ada"])["ada"];
  return <p onClick={off}>{online} {ada}</p>;
}

// @ts-expect-error
heartbeat({ onCount: (online) => online.trim() });
// @ts-expect-error
connection.on("absence", console.log);
// @ts-expect-error
connect({ token: async () => 7 });
// @ts-expect-error
connection.setStatus("busy");
`;

test("it is packed, installed elsewhere, imported, and its types serve", (t) => {
  const { project, files } = install(t);
  for (const name of ["LICENSE", "README.md", "package.json", "dist/index.js", "dist/index.d.ts",
    "dist/react.js", "dist/react.d.ts"]) {
    assert.ok(files.includes(name), name);
  }
  assert.deepEqual(files.filter((name) => /^(src|tests)|\.map$|\.ts$(?<!\.d\.ts)/.test(name)), []);

  const show = (from) => run(project, process.execPath, "--input-type=module", "-e",
    `console.log(Object.keys(await import("${from}")).join())`).trim();
  assert.equal(show("rollcall-client"), "connect,heartbeat", "without React");
  link_react(project);
  assert.equal(show("rollcall-client/react"), "useOnlineCount,usePresence");
  check_types(project, "Node16", "Node16");
  check_types(project, "NodeNext", "NodeNext");
  check_types(project, "ESNext", "Bundler");
});
