// The pages that people read, and what stands in them to be typed.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const kRoot = fileURLToPath(new URL("../..", import.meta.url));

export function page_names() {
  const guide = readdirSync(`${kRoot}docs`, { recursive: true })
    .filter((name) => name.endsWith(".md") && !name.startsWith("adr/"));
  return ["README.md", "SECURITY.md", "CONTRIBUTING.md", ...guide.map((name) => `docs/${name}`)];
}

export const text_of_page = (name) => readFileSync(kRoot + name, "utf8");

// The texts of the blocks of a language, but for those that are quotations of a file.
export const blocks_of = (name, language) =>
  [...text_of_page(name).matchAll(/^```(.*)\n([^]*?)^```$/gm)]
    .filter(([, head]) => head === language)
    .map(([, , text]) => text);

// The one block of a page that has `part`.
export function block_with(name, language, part) {
  const blocks = blocks_of(name, language).filter((text) => text.includes(part));
  if (blocks.length !== 1) throw new Error(`${name}: ${blocks.length} blocks with ${part}`);
  return blocks[0];
}
