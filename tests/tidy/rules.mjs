// The rules of the source tree. Each takes files as {path, text}, and answers complaints as text.
import { posix } from "node:path";

const kLayers = {
  base: ["base"],
  core: ["base", "core"],
  ports: ["base", "core", "ports"],
  service: ["base", "core", "ports", "service"],
  adapters: ["base", "core", "ports"],
  transport: ["base", "core", "ports", "service", "transport"],
  app: ["base", "core", "ports", "service", "adapters", "transport", "app"],
};
const kCoreForeign = /^(boost\/(unordered|container|container_hash)|fmt\/|xxhash\.h|[a-z_0-9]+$)/;
const kMaxLines = 300;
const kMaxColumns = 99;

export function includes_of(text) {
  const found = text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)/gm);
  return [...found].map(([, own, foreign]) => ({ own, foreign }));
}

// What a file may include of the project's own headers.
export function layer_complaints({ path, text }) {
  const [, layer, family] = /^src\/([^/]+)\/([^/]+)/.exec(path) ?? [];
  if (!layer) return [];
  const allowed = kLayers[layer];
  if (!allowed) return [`${path}: src/${layer} is not a layer`];
  const complaints = [];
  for (const { own } of includes_of(text)) {
    if (!own) continue;
    const [target, target_family] = own.split("/");
    const same_family = layer === "adapters" && target === "adapters" && target_family === family;
    if (!same_family && !allowed.includes(target)) {
      complaints.push(`${path}: ${layer} must not include "${own}"`);
    }
  }
  return complaints;
}

// The core is pure: the standard library, containers and formatting; no sockets and no clocks.
export function core_complaints({ path, text }) {
  if (!path.startsWith("src/core/") || path.endsWith("_test.cpp")) return [];
  const complaints = includes_of(text)
    .filter(({ foreign }) => foreign && !kCoreForeign.test(foreign))
    .map(({ foreign }) => `${path}: the core must not include <${foreign}>`);
  if (/_clock::now\s*\(/.test(text)) complaints.push(`${path}: the core reads a clock`);
  return complaints;
}

const kConfined = [
  { header: /^libpq/, what: "libpq", folder: /^(src\/adapters\/postgres|tests)\// },
  { header: /^sqlite3/, what: "SQLite", folder: /^(src\/adapters\/sqlite|tests)\// },
  { header: /^boost\/beast/, what: "Beast", most: 3 },
  { header: /^CLI\//, what: "CLI11", most: 1 },
  { header: /^toml\+\+\//, what: "toml++", most: 1 },
];

// Libraries that only one folder, or only a few files, may know.
export function confinement_complaints(files) {
  const complaints = [];
  for (const { header, what, folder = /^src\//, most = Infinity } of kConfined) {
    const users = files
      .filter(({ text }) => includes_of(text).some(({ foreign }) => header.test(foreign ?? "")))
      .map(({ path }) => path);
    for (const path of users) {
      if (!folder.test(path)) complaints.push(`${path}: must not include ${what}`);
    }
    if (users.length > most) complaints.push(`${what} is included by ${users.join(", ")}`);
  }
  return complaints;
}

export function size_complaints({ path, text }) {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const complaints = [];
  if (path.startsWith("src/") && lines.length > kMaxLines) {
    complaints.push(`${path}: ${lines.length} lines`);
  }
  lines.forEach((line, index) => {
    const columns = [...line].length;
    if (columns > kMaxColumns) complaints.push(`${path}:${index + 1}: ${columns} columns`);
  });
  return complaints;
}

const kLeftover = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`);

export function leftover_complaints({ path, text }) {
  return kLeftover.test(text) ? [`${path}: unfinished business: ${kLeftover.exec(text)[0]}`] : [];
}

const kCppSleep = /\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(/;
const kScriptSleep = /\bwaitForTimeout\b|timers\/promises|new Promise\([^\n]*setTimeout|\bsleep\(/;
const kWaitingPlaces = /^tests\/(support\/|e2e\/harness\.mjs$)/;

// A test waits for a condition. Only the bounded waits themselves may pause between two looks.
export function sleep_complaints({ path, text }) {
  const is_test = /^tests\/|_test\.cpp$/.test(path) && !kWaitingPlaces.test(path);
  const sleep = path.endsWith(".mjs") ? kScriptSleep : kCppSleep;
  return is_test && sleep.test(text) ? [`${path}: sleeps: ${sleep.exec(text)[0]}`] : [];
}

const kVague = "Manager|Helper|Helpers|Util|Utils|Impl|Base";
const kVagueType = new RegExp(`\\b(?:class|struct|concept|using|enum)\\s+(\\w*(?:${kVague}))\\b`);
const kVagueFile = /(^|_)(manager|helpers?|utils?|impl|base)\.\w+$/;

export function name_complaints({ path, text }) {
  const complaints = [];
  const leaf = path.split("/").at(-1);
  if (kVagueFile.test(leaf)) complaints.push(`${path}: the file's name says nothing`);
  const type = kVagueType.exec(text);
  if (type) complaints.push(`${path}: the name ${type[1]} says nothing`);
  return complaints;
}

export function guard_complaints({ path, text }) {
  const guarded = !path.endsWith(".hpp") || /^#pragma once$/m.test(text);
  return guarded ? [] : [`${path}: no #pragma once`];
}

// Commands that the documents name and ./dev does not have. `dev` is the text of the script.
export function command_complaints({ path, text }, dev) {
  const known = /^  ((?:\w+ \| )+\w+)\) "command_/m.exec(dev)?.[1].split(" | ") ?? [];
  return [...text.matchAll(/\.\/dev ([a-z]+)/g)]
    .filter(([, command]) => !known.includes(command))
    .map(([, command]) => `${path}: there is no ./dev ${command}`);
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// Whether a test of that name is in a test's text: "NAME" of JavaScript, or SUITE.NAME of C++.
function has_test(text, name) {
  if (name.startsWith('"')) return text.includes(`test(${name}`);
  const [suite, test] = name.split(".");
  return new RegExp(`^TEST(?:_F|_P)?\\(${escaped(suite)},\\s+${escaped(test)}\\)`, "m").test(text);
}

// Footnotes that name tests, as "[^word]: FILE: TEST": each names one that exists, and is used;
// and no reference is without one. `files` are those of the tree.
export function citation_complaints({ path, text }, files) {
  const notes = [...text.matchAll(/^\[\^(\w+)\]: (\S+): (.+)$/gm)];
  const named = new Set(notes.map(([, word]) => word));
  const used = new Set([...text.matchAll(/\[\^(\w+)\](?!:)/g)].map(([, word]) => word));
  const complaints = [...used].filter((word) => !named.has(word))
    .map((word) => `${path}: [^${word}] has no footnote`);
  for (const [, word, file, test] of notes) {
    if (!used.has(word)) complaints.push(`${path}: nothing refers to [^${word}]`);
    const found = files.find((each) => each.path === file);
    if (!found || !has_test(found.text, test)) {
      complaints.push(`${path}: there is no test ${test} in ${file}`);
    }
  }
  return complaints;
}

const kRegistry = /\bregistry\s*=|"resolved"\s*:|\bregistry\.\w+\.\w+|_authToken/;

// Where packages come from is the business of whoever installs them.
export function registry_complaints({ path, text }) {
  if (/(^|\/)(package-lock\.json|yarn\.lock)$/.test(path)) return [`${path}: a lock file`];
  return kRegistry.test(text) ? [`${path}: names a registry: ${kRegistry.exec(text)[0]}`] : [];
}

// Without blocks of code, and without code in a line.
const prose = (text) => text.replace(/^( *)```[^]*?^\1```$/gm, "").replace(/`[^`\n]+`/g, "code");

// As web sites that show Markdown make it of a heading.
const anchor_of = (heading) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "")
  .replace(/ /g, "-");

const anchors_of = (text) => [...text.replace(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)]
  .map(([, heading]) => anchor_of(heading));

// Links of a document that lead nowhere. `read` answers the text of a path in the tree, "" for a
// folder, and null for nothing.
export function link_complaints({ path, text }, read) {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  return targets.filter((target) => !/^\w+:/.test(target)).flatMap((target) => {
    const [file, anchor] = target.split("#");
    const place = file === "" ? path : posix.join(posix.dirname(path), file);
    const there = file === "" ? text : read(place);
    if (there === null) return [`${path}: ${target} leads nowhere`];
    const is_found = anchor === undefined || anchors_of(there).includes(anchor);
    return is_found ? [] : [`${path}: ${target}: no such heading`];
  });
}

// Pages below a folder to which its README.md leads neither by themselves nor by a folder.
export function contents_complaints(documents, folder) {
  const contents = documents.find(({ path }) => path === `${folder}/README.md`).text;
  const targets = [...contents.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  const is_led_to = (path) => targets.some((target) => path === target
    || path.startsWith(`${target}/`));
  return documents.filter(({ path }) => path.startsWith(`${folder}/`))
    .map(({ path }) => path.slice(folder.length + 1))
    .filter((path) => path !== "README.md" && !is_led_to(path))
    .map((path) => `${folder}/README.md: does not lead to ${path}`);
}

// A block of code that names a file after its language is a part of that file, word for word.
export function excerpt_complaints({ path, text }, read) {
  return [...text.matchAll(/^```\w+ (\S+)\n([^]*?)^```$/gm)]
    .filter(([, file, part]) => !read(file)?.includes(part))
    .map(([, file, part]) => `${path}: not in ${file}: ${part.split("\n")[0]}`);
}
