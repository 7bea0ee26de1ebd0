// Small enough that nobody thinks twice, and alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const kLimitBytes = 6 * 1024;
const kImport = /\bimport\s*(?:[\w*{][^"']*from\s*)?\(?\s*["']([^"']+)["']/g;

const file = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const imports_of = (name) => [...file(name).matchAll(kImport)].map(([, from]) => from);

test("the whole package is small", () => {
  const bytes = ["dist/index.js", "dist/react.js"].map((name) => gzipSync(file(name)).length);
  const size = bytes[0] + bytes[1];
  assert.ok(size < kLimitBytes, `${bytes.join(" + ")} bytes, gzipped`);
});

test("it depends on nothing", () => {
  const about = JSON.parse(file("package.json"));
  assert.equal(about.dependencies, undefined);
  assert.deepEqual(Object.keys(about.peerDependencies), ["react"]);
  assert.equal(about.peerDependenciesMeta.react.optional, true);
  assert.deepEqual(imports_of("dist/index.js"), []);
  assert.deepEqual(imports_of("dist/react.js").sort(), ["./index.js", "react"]);
});
