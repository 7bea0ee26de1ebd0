// dist/: each entry as one small module. tsc writes the declarations beside them.
import { copyFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const here = (path) => new URL(path, import.meta.url).pathname;

rmSync(here("dist"), { recursive: true, force: true });
await build({
  entryPoints: [here("src/index.ts"), here("src/react.ts")],
  outdir: here("dist"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  external: ["react", "./index.js"],
  legalComments: "none",
});
copyFileSync(here("../../LICENSE"), here("LICENSE"));
