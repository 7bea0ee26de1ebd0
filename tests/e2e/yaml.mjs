// Node reads no YAML: Python does.
import { execFileSync } from "node:child_process";

const kToJson = `
import json, sys, yaml
json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)
`;

// The documents of a YAML text.
export const parse_yaml = (text) =>
  JSON.parse(execFileSync("python3", ["-c", kToJson], { input: text, maxBuffer: 2 ** 24 }));
