// clang_tidy.mjs BUILD CACHE: clang-tidy over src/, one process a core. A file whose text, project
// headers, flags and rules have not changed since it last passed is skipped.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";

const kTidy = "clang-tidy-19";
const [build, cache] = process.argv.slice(2);

function project_includes(file, seen = new Set()) {
  if (seen.has(file) || !existsSync(file)) return seen;
  seen.add(file);
  for (const [, header] of readFileSync(file, "utf8").matchAll(/^#include "([^"]+)"/gm)) {
    project_includes(join("src", header), seen);
  }
  return seen;
}

function fingerprint(file, command, rules) {
  const hash = createHash("sha256").update(rules).update(command);
  for (const part of [...project_includes(file)].sort()) hash.update(readFileSync(part));
  return hash.digest("hex");
}

function tidy(file) {
  return new Promise((resolve) => {
    const child = spawn(kTidy, ["-p", build, "--quiet", "--warnings-as-errors=*", file]);
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.on("close", (code) => resolve({ passed: code === 0, text }));
  });
}

const version = spawnSync(kTidy, ["--version"], { encoding: "utf8" }).stdout;
const rules = readFileSync(".clang-tidy", "utf8") + version;
const commands = JSON.parse(readFileSync(join(build, "compile_commands.json"), "utf8"));
const waiting = [];
for (const { file, command } of commands) {
  const path = relative(".", file);
  if (!/^src\/.*\.cpp$/.test(path) || path.endsWith("_test.cpp")) continue;
  const stamp = join(cache, fingerprint(path, command, rules));
  if (!existsSync(stamp)) waiting.push({ path, stamp });
}
mkdirSync(cache, { recursive: true });
console.log(`clang-tidy: ${waiting.length} files to check`);

let failures = 0;
async function work() {
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { passed, text } = await tidy(next.path);
    if (passed) {
      writeFileSync(next.stamp, next.path);
    } else {
      failures += 1;
      console.log(`${next.path}:\n${text}`);
    }
  }
}
await Promise.all(cpus().map(work));
process.exitCode = failures === 0 ? 0 : 1;
