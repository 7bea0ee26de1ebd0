// One heartbeat, and one goodbye, as requests.

const kTimeoutMs = 10_000;
// How long a server holds a departure: a reload is back before.
export const kGraceMs = 5_000;

export type Certainty = "exact" | "at-least";

export interface Count {
  online: number;
  certainty: Certainty | null;
  source: string | null;
}

export type BeatOutcome =
  | { count: Count; next_ms: number | null }
  | { error: string; retry_after_ms: number | null };

// A text body needs no question ahead (CORS preflight) from another origin.
function request_of(body: object): RequestInit {
  return { method: "POST", body: JSON.stringify(body), credentials: "include", cache: "no-store" };
}

function positive(text: string | null): number | null {
  const number = Number(text ?? NaN);
  return number > 0 ? number : null;
}

// RFC 9110, 10.2.3: seconds, or a date.
export function retry_after_ms(text: string | null): number | null {
  const seconds = positive(text);
  if (seconds !== null) return seconds * 1000;
  return positive(String(Date.parse(text ?? "") - Date.now()));
}

async function outcome_of(response: Response): Promise<BeatOutcome> {
  const { headers } = response;
  if (!response.ok) {
    const wait_ms = retry_after_ms(headers.get("Retry-After"));
    return { error: `status ${response.status}`, retry_after_ms: wait_ms };
  }
  const { online } = await response.json();
  if (!Number.isSafeInteger(online)) return { error: "no count", retry_after_ms: null };
  const certainty = headers.get("X-Rollcall-Certainty") as Certainty | null;
  return {
    count: { online, certainty, source: headers.get("X-Rollcall-Source") },
    next_ms: positive(headers.get("X-Rollcall-Next-Beat-Ms")),
  };
}

// Never rejects. `ended` drops it.
export async function send_beat(
  url: URL,
  session: object,
  ended: AbortSignal,
): Promise<BeatOutcome> {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, kTimeoutMs);
  ended.addEventListener("abort", stop);
  try {
    return await outcome_of(await fetch(url, { ...request_of(session), signal: limit.signal }));
  } catch (error) {
    return { error: String(error), retry_after_ms: null };
  } finally {
    clearTimeout(timer);
    ended.removeEventListener("abort", stop);
  }
}

// Sent even while the page is torn down.
export function send_goodbye(url: URL, session: object): void {
  const goodbye = { ...session, leave: true, mayReturn: true };
  const body = new Blob([JSON.stringify(goodbye)], { type: "text/plain" });
  if (globalThis.navigator?.sendBeacon?.(url, body)) return;
  fetch(url, { ...request_of(goodbye), keepalive: true }).catch(() => {});
}
