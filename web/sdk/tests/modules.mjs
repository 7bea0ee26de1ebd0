// Modules of src/, compiled one by one, so that tests reach what the package does not export.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const kSource = fileURLToPath(new URL("../src", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "rollcall-sdk-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "package.json"), '{"type":"module"}');
await build({ entryPoints: [`${kSource}/*.ts`], outdir: folder });

export const load = (name) => import(pathToFileURL(join(folder, `${name}.js`)));
