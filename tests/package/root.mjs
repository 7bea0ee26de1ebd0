// A Debian system in a folder, made of this one's packages: those that are essential, and those
// that a package depends on. Nothing else is there, so that a dependency that the package does not
// name is missed.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const kMerged = ["bin", "lib", "lib64", "sbin"];
const kUnneeded = ["doc", "info", "locale", "man"].map((name) => `--exclude=usr/share/${name}`);
const kInfo = "/var/lib/dpkg/info";

export const run = (command, ...words) =>
  execFileSync(command, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

// {package: {stanza, essential, depends: [[alternatives]]}} and {virtual: package} of what is
// installed here.
function installed_packages() {
  const packages = new Map();
  const providers = new Map();
  for (const stanza of readFileSync("/var/lib/dpkg/status", "utf8").split("\n\n")) {
    const field = (name) => new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1] ?? "";
    if (!field("Status").endsWith(" installed")) continue;
    const name = field("Package");
    const names = (list) => list.split(",").map((group) => group.split("|").map(name_of));
    packages.set(name, {
      stanza,
      essential: field("Essential") === "yes",
      depends: [...names(field("Pre-Depends")), ...names(field("Depends"))],
    });
    for (const [provided] of names(field("Provides"))) {
      if (provided) providers.set(provided, name);
    }
  }
  return { packages, providers };
}

const name_of = (relation) => relation.trim().split(/[\s(:]/)[0];

// The names of the packages that a system with these dependencies needs.
function closure({ packages, providers }, dependencies) {
  const needed = new Set();
  const take = (alternatives) => {
    const known = alternatives.map((name) => (packages.has(name) ? name : providers.get(name)));
    const name = known.find(Boolean);
    if (!name && alternatives[0]) throw new Error(`${alternatives} is not installed here`);
    if (!name || needed.has(name)) return;
    needed.add(name);
    packages.get(name).depends.forEach(take);
  };
  for (const [name, { essential }] of packages) if (essential) take([name]);
  dependencies.forEach(take);
  return needed;
}

function copy_files(root, names) {
  const listed = run("dpkg-query", "-L", ...names).split("\n")
    .filter((line) => line.startsWith("/") && line !== "/.");
  const list = join(root, "files");
  writeFileSync(list, [...new Set(listed)].map((path) => path.slice(1)).join("\n"));
  const pack = ["tar", "-C", "/", "--no-recursion", "--ignore-failed-read", ...kUnneeded,
    "--warning=none", "-cf", "-", "-T", list];
  const unpack = ["tar", "-C", root, "--keep-directory-symlink", "-xf", "-"];
  run("sh", "-c", `${pack.join(" ")} 2>/dev/null | ${unpack.join(" ")}`);
  run("rm", list);
}

function copy_records(root, { packages }, names) {
  const folder = join(root, "var/lib/dpkg");
  for (const name of ["info", "updates"]) mkdirSync(join(folder, name), { recursive: true });
  const stanzas = [...names].map((name) => packages.get(name).stanza.trim());
  writeFileSync(join(folder, "status"), `${stanzas.join("\n\n")}\n\n`);
  for (const file of readdirSync(kInfo)) {
    if (names.has(file.split(/[.:]/)[0]) || names.has(file.replace(/(:\w+)?\.\w+$/, ""))) {
      cpSync(join(kInfo, file), join(root, kInfo, file));
    }
  }
}

// What the packages' own scripts make when they are installed.
function finish(root) {
  for (const name of ["passwd", "group"]) {
    cpSync(join(root, "usr/share/base-passwd", `${name}.master`), join(root, "etc", name));
  }
  for (const file of readdirSync("/etc/pam.d").filter((name) => name.startsWith("common-"))) {
    cpSync(join("/etc/pam.d", file), join(root, "etc/pam.d", file));
  }
  for (const name of ["shadow", "gshadow"]) writeFileSync(join(root, "etc", name), "");
  for (const folder of ["dev", "run", "tmp"]) mkdirSync(join(root, folder), { recursive: true });
  run("mknod", "-m", "666", join(root, "dev/null"), "c", "1", "3");
  run("chmod", "1777", join(root, "tmp"));
  run("ldconfig", "-r", root);
}

// Fills the empty folder `root` with a system for the package in the file `deb`.
export function make_root(root, deb) {
  for (const name of kMerged) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const system = installed_packages();
  const depends = run("dpkg-deb", "-f", deb, "Depends").split(",");
  const names = closure(system, depends.map((group) => group.split("|").map(name_of)));
  copy_files(root, [...names]);
  copy_records(root, system, names);
  finish(root);
}
