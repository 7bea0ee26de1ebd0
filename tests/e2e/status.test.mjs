// `rollcall status` as a person and as a script use it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { free_port, run_rollcall, start_redis, start_rollcall, text_file, wait_for }
  from "./harness.mjs";
import { make_certificate } from "./tls.mjs";

const kKey = "the-key-of-an-operator";
const kConfig = `[server]\napi_keys = ["${kKey}"]\nnode_name = "one"\n`;

const status = (t, url, words = [], env = {}) =>
  run_rollcall(t, ["status", "--url", url, ...words], { env });

test("status tells of a node, by a key from a file or from the environment", async (t) => {
  const server = await start_rollcall(t, { dev: false, config: kConfig });
  const file = text_file(t, `# of the operators\n\n${kKey}\n`, "keys.txt");
  const told = await status(t, server.url, ["--api-key-file", file]);
  assert.deepEqual([told.code, told.errors], [0, ""]);
  assert.match(told.output, /^one: rollcall \d+\.\d+\.\d+, up for \d+ s, \d+ connections?$/m);
  assert.match(told.output, /^online_sessions: normal since \d{4}-\S+Z, \d+ s ago$/m);
  assert.match(told.output, /^ {2}online +0, from memory$/m);
  const json = await status(t, `${server.url}/`, ["--json"], { ROLLCALL_API_KEY: kKey });
  assert.equal(json.code, 0, json.errors);
  assert.equal(JSON.parse(json.output).rosters[0].state, "normal");
});

test("status exits with 1 when a store is down, and says which", async (t) => {
  const redis = await start_redis(t);
  const server = await start_rollcall(t, { args: ["--redis", redis.url] });
  await wait_for(async () => (await status(t, server.url)).code === 0, { what: "all is well" });
  await redis.stop();
  await wait_for(async () => {
    const { code, output } = await status(t, server.url);
    return code === 1 && /^ {2}redis +DOWN/m.test(output);
  }, { what: "Redis is told to be down" });
});

test("status exits with 2 when it cannot ask, and says what to do", async (t) => {
  const server = await start_rollcall(t, { dev: false, config: kConfig });
  const refused = async (pattern, url, words, env) => {
    const { code, output, errors } = await status(t, url, words, env);
    assert.deepEqual([code, output], [2, ""], errors);
    assert.match(errors, pattern);
    assert.ok(!errors.includes("a-wrong-key"), "the key is told");
  };
  await refused(/--api-key-file FILE or ROLLCALL_API_KEY/, server.url);
  const wrong = { ROLLCALL_API_KEY: "a-wrong-key" };
  await refused(/not known[^]*ROLLCALL_API_KEY/, server.url, [], wrong);
  await refused(/there is no key/, server.url, ["--api-key-file", text_file(t, "# none\n")]);
  await refused(/no-such-file/, server.url, ["--api-key-file", "no-such-file"]);
  await refused(/refused[^]*--url/, `http://127.0.0.1:${await free_port()}`);
  await refused(/expects a URL/, "127.0.0.1:8085");
  await refused(/expects a URL/, `${server.url}/api/v1/status`);
});

test("status asks over TLS, and only a server whose certificate is trusted", async (t) => {
  const { config, trust } = make_certificate(t);
  const server = await start_rollcall(t, { dev: false, config: kConfig + config });
  const trusting = { ROLLCALL_API_KEY: kKey, ...trust };
  const by_name = `https://localhost:${server.port}`;
  const told = await status(t, by_name, [], trusting);
  assert.equal(told.code, 0, told.errors);
  for (const [url, env] of [[by_name, { ROLLCALL_API_KEY: kKey }], [server.url, trusting]]) {
    const { code, errors } = await status(t, url, [], env);
    assert.equal(code, 2, url);
    assert.match(errors, /certificate verify failed/);
  }
});
