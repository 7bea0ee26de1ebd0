// `rollcall bench` and a server for it.
import { run_rollcall, start_rollcall } from "./harness.mjs";
import { kNoSpread } from "./socket.mjs";
import { kSecret } from "./tokens.mjs";
import { call } from "./wire.mjs";

const kKey = "a-key-for-the-tests-only";
export const kConfig = `[server]
api_keys = ["${kKey}"]
[auth]
secret = "${kSecret}"
`;

export const start_server = (t) => start_rollcall(t,
  { dev: false, env: kNoSpread, args: ["--threads", "2"], config: kConfig });

// {code, errors, json}
export async function bench(t, server, verb, ...words) {
  const config = server.file ? ["--config", server.file] : [];
  const done = await run_rollcall(t,
    ["bench", verb, "--url", server.url, "--json", ...config, ...words]);
  return { ...done, json: done.output ? JSON.parse(done.output) : null };
}

export async function sample(server, name) {
  const { body } = await call(server, "GET", "/metrics", { headers: { "X-API-Key": kKey } });
  const lines = body.split("\n").filter((line) => line.startsWith(`${name} `) ||
    line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
