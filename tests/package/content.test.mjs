// What the package holds: by Debian's own checks, and by those of systemd, man and bash.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporary_folder } from "../e2e/harness.mjs";
import { deb_file } from "./deb.mjs";
import { run } from "./root.mjs";

const kMostExposure = 1.5;  // of 10, as systemd-analyze judges

function unpacked(t) {
  const folder = temporary_folder(t);
  run("dpkg-deb", "-x", deb_file(), folder);
  return folder;
}

test("lintian has nothing to say", () => {
  // No bug of Debian asks for the package: it is not one of theirs.
  const words = ["--suppress-tags", "initial-upload-closes-no-bugs", "--tag-display-limit", "0"];
  const { status, stdout, stderr } = spawnSync("lintian",
    ["--allow-root", ...words, "--fail-on", "error,warning", deb_file()], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});

test("it names what it needs, and what is to be kept", () => {
  const field = (name) => run("dpkg-deb", "-f", deb_file(), name);
  for (const name of ["adduser", "libc6", "libpq5", "libsqlite3-0", "libssl3"]) {
    assert.match(field("Depends"), new RegExp(`(^|, )${name}\\b`));
  }
  const conffiles = run("dpkg-deb", "-I", deb_file(), "conffiles").trim();
  assert.equal(conffiles, "/etc/rollcall/rollcall.toml");
});

test("the pages that the program speaks of are there", (t) => {
  const folder = unpacked(t);
  const text = readFileSync(join(folder, "usr/bin/rollcall"), "latin1");
  const pages = new Set(text.match(/\bdocs\/[a-z/-]+\.md/g));
  assert.ok(pages.has("docs/doctor.md"));
  for (const page of pages) {
    assert.ok(existsSync(join(folder, "usr/share/doc/rollcall", page)), page);
  }
});

test("its settings are right, and do not listen to the world", (t) => {
  const folder = unpacked(t);
  const binary = join(folder, "usr/bin/rollcall");
  const file = join(folder, "etc/rollcall/rollcall.toml");
  assert.match(run(binary, "check-config", file), /ok/);
  assert.match(run(binary, "print-config", "--config", file), /^listen = "127\.0\.0\.1:8085"$/m);
  // What is commented out is right too, once somebody takes the mark away.
  const all = readFileSync(file, "utf8").replace(/^# (?=\[|\w+ = )/gm, "");
  assert.match(all, /^secret_file = /m);
  const uncommented = join(folder, "uncommented.toml");
  writeFileSync(uncommented, all.replace(/^\w+_file = .*\n/gm, ""));
  const checked = spawnSync(binary, ["check-config", uncommented], { encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stderr);
});

test("systemd understands the unit, and finds it well confined", (t) => {
  const unit = join(unpacked(t), "lib/systemd/system/rollcall.service");
  const text = readFileSync(unit, "utf8");
  for (const line of ["Type=notify", "User=rollcall", "ProtectSystem=strict",
    "NoNewPrivileges=yes", "StateDirectory=rollcall"]) {
    assert.ok(text.includes(`\n${line}\n`), line);
  }
  for (const name of ["WatchdogSec", "LimitNOFILE", "ExecReload"]) {
    assert.match(text, new RegExp(`^${name}=.+$`, "m"));
  }
  const { stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit],
    { encoding: "utf8" });
  const own = (stdout + stderr).split("\n").filter((line) => line.includes("rollcall"));
  const not_here = /rollcall\.service: Command \/usr\/bin\/rollcall is not executable/;
  assert.deepEqual(own.filter((line) => !not_here.test(line)), []);
  const judged = spawnSync("systemd-analyze", ["security", "--offline=true",
    `--threshold=${kMostExposure * 10}`, "--no-pager", unit], { encoding: "utf8" });
  assert.equal(judged.status, 0, judged.stdout + judged.stderr);
});

test("the manual pages are well-formed", (t) => {
  const folder = join(unpacked(t), "usr/share/man");
  const pages = { "man1/rollcall.1.gz": /rollcall check-config/, "man5/rollcall.toml.5.gz":
    /listen = "127\.0\.0\.1:8085"\n +HOST:PORT to serve on/ };
  for (const [page, text] of Object.entries(pages)) {
    const { stdout, stderr } = spawnSync("man", ["--warnings", "-l", join(folder, page)],
      { encoding: "utf8", env: { ...process.env, MANWIDTH: "80", LC_ALL: "C.UTF-8" } });
    assert.equal(stderr, "", page);
    assert.match(stdout, text);
  }
});

// What bash offers at the end of a line, with the completion of the package.
function offered(folder, line) {
  const script = `
source ${folder}/usr/share/bash-completion/completions/rollcall
compopt() { :; }
COMP_LINE=$1 COMP_POINT=\${#1}
read -ra COMP_WORDS <<<"$1"
[[ $1 != *" " ]] || COMP_WORDS+=("")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_rollcall
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync("bash", ["-c", script, "bash", line],
    { encoding: "utf8", env: { ...process.env, PATH: `${folder}/usr/bin:${process.env.PATH}` } });
  return stdout.split("\n").filter(Boolean);
}

test("bash completes commands, flags and files", (t) => {
  const folder = unpacked(t);
  assert.deepEqual(offered(folder, "rollcall check"), ["check-config"]);
  assert.ok(offered(folder, "rollcall ").includes("serve"));
  assert.deepEqual(offered(folder, "rollcall serve --lo"), ["--log-level", "--log-format"]);
  assert.deepEqual(offered(folder, "rollcall --ver"), ["--version"]);
  assert.deepEqual(offered(folder, `rollcall serve --config ${folder}/etc/rollcall/roll`),
    [`${folder}/etc/rollcall/rollcall.toml`]);
  assert.deepEqual(offered(folder, `rollcall check-config ${folder}/etc/rollc`),
    [`${folder}/etc/rollcall`]);
});
