// Whether, and when, to come back after a WebSocket was closed.
import { full_jitter_ms } from "./backoff.js";

const kBackoff = { first_ms: 500, longest_ms: 30_000 };
const kLongestHintMs = 5 * 60_000; // as long as a server may spread its drain
const kStableMs = 5_000; // a connection that lasted so long was a success
const kRefusals = 2; // of tokens in a row, each fresh, before it is final
const kCrowdedMs = 30_000; // another connection of this user has to end first

export const kUnreachable = 1006;
export const kTokenRefused = 4401;
const kGoingAway = 1001;
const kKicked = 4403;
const kConnectionLimit = 4429;

export interface Ending {
  code: number;
  reason: string;
  lasted_ms: number; // since the welcome; 0 without one
}

// `asked`: the wait is the server's wish, which nothing shortens.
export type Return = { final: true } | { final: false; wait_ms: number; asked: boolean };

function hinted_wait_ms(reason: string): number | null {
  try {
    const { reconnectMs } = JSON.parse(reason);
    return reconnectMs >= 0 ? Math.min(reconnectMs, kLongestHintMs) : null;
  } catch {
    return null;
  }
}

export class Returning {
  #failures = 0;
  #refusals = 0;

  after({ code, reason, lasted_ms }: Ending): Return {
    if (lasted_ms >= kStableMs) this.#failures = this.#refusals = 0;
    if (code === kTokenRefused) this.#refusals += 1;
    else if (lasted_ms > 0) this.#refusals = 0;
    if (code === kKicked || this.#refusals >= kRefusals) return { final: true };
    const wait_ms = full_jitter_ms(this.#failures++, kBackoff);
    const hint_ms = code === kGoingAway ? hinted_wait_ms(reason) : null;
    if (hint_ms !== null) return { final: false, wait_ms: hint_ms, asked: true };
    const is_crowded = code === kConnectionLimit;
    return { final: false, wait_ms: wait_ms + (is_crowded ? kCrowdedMs : 0), asked: is_crowded };
  }
}
