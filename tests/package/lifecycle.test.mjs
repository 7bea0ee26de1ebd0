// The package's life on a machine: installed, started, upgraded, removed, purged.
import assert from "node:assert/strict";
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync,
  rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { free_port, start_process, temporary_folder, wait_for } from "../e2e/harness.mjs";
import { start_supervisor } from "../e2e/supervisor.mjs";
import { call } from "../e2e/wire.mjs";
import { deb_file } from "./deb.mjs";
import { make_root, run } from "./root.mjs";

const kConf = "etc/rollcall/rollcall.toml";
const kUnit = "lib/systemd/system/rollcall.service";
const kWanted = "etc/systemd/system/multi-user.target.wants/rollcall.service";
// What dpkg, adduser and the linker keep for themselves.
const kRecords = new RegExp("^(dev|run|var/(lib/dpkg|log|cache)|"
  + "etc/(passwd|group|shadow|gshadow|subuid|subgid|ld\\.so\\.cache|\\.pwd\\.lock))");

const without_root = process.getuid() === 0 ? false : "a system in a folder takes root";

// Everything in the root by its path, but for those records.
const paths_in = (root) => run("find", root, "-mindepth", "1", "-printf", "%P\n").split("\n")
  .filter((path) => path && !kRecords.test(path)).sort();

const owner_and_mode = (path) => run("stat", "-c", "%u:%g %a", path).trim();

// Made once. Each test's system shares its files: what changes one of them puts another in place.
const pristine = mkdtempSync(join(tmpdir(), "rollcall-system-"));
before(() => without_root || make_root(pristine, deb_file()));
after(() => rmSync(pristine, { recursive: true }));

function system_for(t) {
  const root = temporary_folder(t);
  run("cp", "-al", `${pristine}/.`, root);
  chmodSync(root, 0o755);
  const dpkg = (...words) => run("chroot", root, "dpkg", ...words);
  const install = (file, ...options) => {
    run("cp", file, join(root, "tmp/new.deb"));
    dpkg(...options, "-i", "/tmp/new.deb");
    run("rm", join(root, "tmp/new.deb"));
  };
  const user = () => /^rollcall:[^:]*:(\d+):(\d+):[^:]*:([^:]*):(.*)$/m
    .exec(readFileSync(join(root, "etc/passwd"), "utf8"));
  return { root, at: (path) => join(root, path), dpkg, install, user };
}

// Starts what the unit starts, as its user, under somebody who reads its notices.
async function start_service(t, system) {
  const unit = readFileSync(system.at(kUnit), "utf8");
  const words = /^ExecStart=(.*)$/m.exec(unit)[1].split(" ");
  const [, uid, gid] = system.user();
  const folder = system.at("run/supervisor");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const supervisor = await start_supervisor(t, folder, "/run/supervisor");
  const port = await free_port();
  const env = { PATH: process.env.PATH, ...supervisor.env, WATCHDOG_USEC: "300000",
    ROLLCALL_SERVER_LISTEN: `127.0.0.1:${port}` };
  const service = start_process(t, "chroot",
    [`--userspec=+${uid}:+${gid}`, "--groups=", system.root, ...words], { env });
  const ended = service.exit.then(() => Promise.reject(new Error(service.errors())));
  const ready = supervisor.until((notices) => notices.some(({ READY }) => READY === "1"));
  ready.catch(() => {});
  ended.catch(() => {});
  await Promise.race([ready, ended]);
  await supervisor.until((notices) => notices.some(({ WATCHDOG }) => WATCHDOG === "1"));
  assert.equal(statSync(`/proc/${service.child.pid}`).uid, Number(uid));
  return { ...service, host: "127.0.0.1", port };
}

// The same package with a later version; `change` may alter what it holds.
function later_package(t, deb, version, change = () => {}) {
  const folder = temporary_folder(t);
  const content = join(folder, "content");
  run("dpkg-deb", "-R", deb, content);
  const control = join(content, "DEBIAN/control");
  writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m,
    `Version: ${version}`));
  change(content);
  const file = join(folder, "later.deb");
  run("dpkg-deb", "-Znone", "--root-owner-group", "-b", content, file);
  return file;
}

test("installed, it has a user, keeps secrets to it, and starts with the machine",
  { skip: without_root }, (t) => {
    const system = system_for(t);
    system.install(deb_file());
    const [, uid, gid, home, shell] = system.user();
    assert.ok(Number(uid) < 1000, "a system user");
    assert.deepEqual([home, shell], ["/var/lib/rollcall", "/usr/sbin/nologin"]);
    assert.equal(owner_and_mode(system.at("etc/rollcall")), `0:${gid} 750`);
    assert.equal(owner_and_mode(system.at("var/lib/rollcall")), `${uid}:${gid} 750`);
    assert.equal(owner_and_mode(system.at("usr/bin/rollcall")), "0:0 755");
    assert.ok(run("readlink", system.at(kWanted)).includes("rollcall.service"));
    assert.match(system.dpkg("-l", "rollcall"), /^ii +rollcall/m);
  });

test("as its user the service serves, keeps its members over a restart, and is ready again",
  { skip: without_root }, async (t) => {
    const system = system_for(t);
    system.install(deb_file());
    const first = await start_service(t, system);
    const beat = { body: { sessionId: "ada" } };
    const counted = await call(first, "POST", "/api/sessions/activity", beat);
    assert.deepEqual(counted.json, { online: 1 });
    const closed = await call(first, "GET", "/api/v1/rosters/online_sessions");
    assert.equal(closed.status, 401);
    assert.equal((await first.stop()).code, 0);
    assert.deepEqual(readdirSync(system.at("etc/rollcall")), ["rollcall.toml"]);
    const second = await start_service(t, system);
    await wait_for(async () =>
      (await call(second, "GET", "/api/sessions/online")).json.online === 1);
    assert.equal((await second.stop()).code, 0);
  });

test("an upgrade keeps the settings, their owner, and whether it starts",
  { skip: without_root }, async (t) => {
    const system = system_for(t);
    system.install(deb_file());
    appendFileSync(system.at(kConf), '\n[sessions]\ntimeout = "20m"\n');
    const edited = readFileSync(system.at(kConf), "utf8");
    chmodSync(system.at("etc/rollcall"), 0o700);
    run("rm", system.at(kWanted));
    const with_other_settings = (content) =>
      appendFileSync(join(content, kConf), "\n# another comment\n");
    for (const [version, change] of [["9-1"], ["9-2", with_other_settings]]) {
      system.install(later_package(t, deb_file(), version, change), "--force-confold");
      assert.equal(system.dpkg("-l", "rollcall").split("\n").at(-2).split(/\s+/)[2], version);
      assert.equal(readFileSync(system.at(kConf), "utf8"), edited);
      assert.equal(owner_and_mode(system.at("etc/rollcall")).split(" ")[1], "700");
      assert.ok(!existsSync(system.at(kWanted)), "what was disabled stays so");
    }
    assert.ok(existsSync(system.at(`${kConf}.dpkg-dist`)), "the new ones lie beside them");
    const service = await start_service(t, system).catch((error) => error);
    assert.match(String(service), /permission/i, "0700 keeps even the service out");
    chmodSync(system.at("etc/rollcall"), 0o750);
    assert.equal((await (await start_service(t, system)).stop()).code, 0);
  });

test("removed, it leaves settings and members; purged, nothing",
  { skip: without_root }, async (t) => {
    const system = system_for(t);
    const untouched = paths_in(system.root);
    system.install(deb_file());
    writeFileSync(system.at("etc/rollcall/api_keys"), "a-key-for-the-tests-only\n");
    const service = await start_service(t, system);
    await service.stop();
    run("rm", "-r", system.at("run/supervisor"));
    system.dpkg("-r", "rollcall");
    for (const path of [kConf, "etc/rollcall/api_keys", "var/lib/rollcall"]) {
      assert.ok(existsSync(system.at(path)), path);
    }
    assert.ok(!existsSync(system.at("usr/bin/rollcall")));
    system.install(deb_file());
    system.dpkg("-P", "rollcall");
    assert.deepEqual(paths_in(system.root), untouched);
    assert.equal(system.user(), null);
    assert.doesNotMatch(readFileSync(system.at("etc/group"), "utf8"), /rollcall/);
  });
