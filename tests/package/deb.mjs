import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kFolder = fileURLToPath(new URL("../../build/package", import.meta.url));

// The package that ./dev package made last.
export function deb_file() {
  const files = readdirSync(kFolder).filter((name) => /^rollcall_.*\.deb$/.test(name));
  if (files.length !== 1) throw new Error(`${kFolder}: ${files.length} packages; ./dev package`);
  return join(kFolder, files[0]);
}
