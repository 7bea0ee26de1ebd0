// Waits for conditions, as long as a busy machine may need: who is quick does not notice.
import { wait_for } from "../../../tests/e2e/harness.mjs";

export const kBoundMs = 30_000;

export const until = (condition, what) => wait_for(condition, { what, bound_ms: kBoundMs });
