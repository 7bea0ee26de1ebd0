// heartbeat() in Node, against the real server.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { start_rollcall } from "../../../tests/e2e/harness.mjs";
import { call } from "../../../tests/e2e/wire.mjs";
import { heartbeat } from "../dist/index.js";
import { until } from "./until.mjs";

async function online(server) {
  return (await call(server, "GET", "/api/sessions/online")).json.online;
}

function start_beats(t, options) {
  const counts = [];
  const handle = heartbeat({ onCount: (...details) => counts.push(details), ...options });
  t.after(() => handle.stop());
  return { handle, counts };
}

// Two of them wait until the server believes a goodbye, 5 s.
describe("heartbeat() in Node", { concurrency: 3 }, () => {
  test("each session is counted, and the handle knows what the server said", async (t) => {
    const server = await start_rollcall(t);
    const ada = start_beats(t, { url: server.url, sessionId: "ada" });
    const { count, certainty, source } = ada.handle;
    assert.deepEqual([count, certainty, source], [null, null, null]);
    await until(() => ada.handle.count === 1);
    assert.deepEqual([ada.handle.certainty, ada.handle.source], ["exact", "memory"]);
    assert.deepEqual(ada.counts, [[1, { online: 1, certainty: "exact", source: "memory" }]]);

    const url = `${server.url}/api/sessions/activity`;
    const grace = start_beats(t, { url, sessionId: "grace" });
    await until(() => grace.handle.count === 2);
    const anyone = start_beats(t, { url: `${server.url}/` });
    await until(() => anyone.handle.count === 3);
    grace.handle.stop();
    grace.handle.stop();
    await until(async () => (await online(server)) === 2, "the goodbye");
  });

  test("several in one program are one session", async (t) => {
    const server = await start_rollcall(t);
    const options = { url: server.url, sessionId: "ada" };
    const [one, two] = [start_beats(t, options), start_beats(t, options)];
    await until(() => one.handle.count === 1 && two.handle.count === 1);
    one.handle.stop();
    two.handle.stop();
    await until(async () => (await online(server)) === 0, "the last one's goodbye");
  });

  test("a server that is away is asked again, and its return is noticed", async (t) => {
    const server = await start_rollcall(t);
    const { url, port } = server;
    await server.stop();
    const reasons = [];
    const onError = (reason) => reasons.push(reason);
    const { handle } = start_beats(t, { url, sessionId: "ada", onError });
    await until(() => reasons.length > 1, "two tries");
    await start_rollcall(t, { port });
    await until(() => handle.count === 1, "the number");
  });
});

test("nothing is thrown, whatever is wrong", async (t) => {
  const server = await start_rollcall(t);
  const complaints = t.mock.method(console, "error", () => {});
  const broken = start_beats(t, { url: "http://" });
  assert.equal(broken.handle.count, null);
  broken.handle.stop();
  assert.equal(complaints.mock.callCount(), 1);
  const onCount = () => {
    throw new Error("of the page");
  };
  const { handle } = start_beats(t, { url: server.url, sessionId: "ada", onCount });
  await until(() => handle.count === 1);
  assert.match(String(complaints.mock.calls.at(-1).arguments[1]), /of the page/);
  const refused = [];
  start_beats(t, { url: server.url, sessionId: "\n", onError: (why) => refused.push(why) });
  await until(() => refused[0] === "status 400");
});
