// How long to wait after so many failures in a row: a random time with a bound that grows, so that
// the clients of a server that was away do not all return at once.
export interface Backoff {
  first_ms: number;
  longest_ms: number;
}

export function full_jitter_ms(failures: number, { first_ms, longest_ms }: Backoff): number {
  return Math.random() * Math.min(longest_ms, first_ms * 2 ** failures);
}
