// The rules of rules.mjs, held against this tree.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as rules from "./rules.mjs";

const kRoot = fileURLToPath(new URL("../..", import.meta.url));
const kGenerated = new Set([".git", ".cache", "build", "dist", "node_modules"]);
const kCode = /\.(cpp|hpp|mjs|cjs|js|jsx|ts|tsx|css)$/;
const kText = /\.(html|md|json|lua|sql|sh|rb|txt|cmake|toml|yml)$|^\.npmrc$|^dev$/;

function* text_files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!kGenerated.has(entry.name)) yield* text_files(path);
    } else if (kCode.test(entry.name) || kText.test(entry.name)) {
      yield { path: relative(kRoot, path), text: readFileSync(path, "utf8") };
    }
  }
}

const everything = [...text_files(kRoot)];
const cpp = everything.filter(({ path }) => /\.(cpp|hpp)$/.test(path));
const source = cpp.filter(({ path }) => path.startsWith("src/"));
const code = everything.filter(({ path }) => kCode.test(path));
const documents = everything.filter(({ path }) => path.endsWith(".md"));

function read(path) {
  const place = join(kRoot, path);
  if (!existsSync(place)) return null;
  return statSync(place).isDirectory() ? "" : readFileSync(place, "utf8");
}

// The rules and their bad examples hold what they look for.
const unruled = (files) => files.filter(({ path }) => !path.startsWith("tests/tidy/"));
const none = (complaints) => assert.equal(complaints.join("\n"), "");

test("the tree is where it is looked for", () => assert.ok(source.length > 10));
test("layers", () => none(source.flatMap(rules.layer_complaints)));
test("the core is pure", () => none(source.flatMap(rules.core_complaints)));
test("libraries in their places", () =>
  none(rules.confinement_complaints(cpp.filter(({ path }) => !path.startsWith("cmake/")))));
test("sizes", () => none(code.flatMap(rules.size_complaints)));
test("leftovers", () => none(everything.flatMap(rules.leftover_complaints)));
test("sleeps", () => none(unruled(code).flatMap(rules.sleep_complaints)));
test("names", () => none(cpp.flatMap(rules.name_complaints)));
test("header guards", () => none(cpp.flatMap(rules.guard_complaints)));
test("registries", () => none(unruled(everything).flatMap(rules.registry_complaints)));
test("tests that documents name", () =>
  none(documents.flatMap((file) => rules.citation_complaints(file, everything))));
test("links in documents", () =>
  none(documents.flatMap((file) => rules.link_complaints(file, read))));
test("the guide's contents", () => none(rules.contents_complaints(documents, "docs")));
test("excerpts in documents", () =>
  none(documents.flatMap((file) => rules.excerpt_complaints(file, read))));
test("commands in documents", () => {
  const dev = readFileSync(join(kRoot, "dev"), "utf8");
  none(documents.flatMap((file) => rules.command_complaints(file, dev)));
});
