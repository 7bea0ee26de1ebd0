// Several programs at work on one table, without a leader.
import assert from "node:assert/strict";
import { test } from "node:test";
import { own_database } from "./database.mjs";
import { run_rollcall, text_file } from "./harness.mjs";
import { add_gate, at_gate, count_rows, kKinds, kRunMs, make_sessions, metric, open_gate,
  policy_text, policy_when, start_keeper } from "./retention_world.mjs";

const kRows = 40_000;
const kDue = kRows * kKinds.due;

test("two servers and a command drain one table, each row once", async (t) => {
  const postgres = await own_database();
  make_sessions(postgres, { rows: kRows });
  add_gate(postgres);
  const policy = policy_text(postgres);
  const servers = [await start_keeper(t, [policy]), await start_keeper(t, [policy])];
  const words = ["retention", "run", "--config", text_file(t, policy)];
  const ended = run_rollcall(t, words, { bound_ms: 2 * kRunMs });
  await at_gate(postgres, { runs: 3 });
  open_gate(postgres);

  const { code, output, errors } = await ended;
  assert.equal(code, 0, errors);
  const counts = [JSON.parse(output.trim().split("\n").at(-1)).deleted];
  for (const server of servers) {
    await policy_when(server, "it has found nothing more", ({ state, runs }) =>
      state === "idle" && runs.at(-1).way === "nothing");
    counts.push(await metric(server, "deleted_rows_total"));
    assert.equal(await metric(server, "runs_total", { more: ',outcome="failed"' }), 0);
  }
  assert.deepEqual(count_rows(postgres), { due: 0, stay: kRows * kKinds.stay });
  assert.equal(counts.reduce((sum, count) => sum + count), kDue, `they count ${counts}`);
  assert.doesNotMatch(postgres.log(), /deadlock/);
});
