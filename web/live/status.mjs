// Asks how the node fares while somebody looks at the page, for all who show a part of it.

const kStatus = "/api/v1/status";
const kPollMs = 2_000;
const kTimeoutMs = 5_000;

const listeners = [];
let latest;
let timer = 0;

// The status; null where it is not for this page; throws when there is none just now.
async function ask() {
  const response = await fetch(kStatus, {
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(kTimeoutMs),
  });
  if ([401, 403, 404].includes(response.status)) return null;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function look() {
  clearTimeout(timer);
  try {
    latest = await ask();
  } catch {
    // What was last known stays; the page's head tells that the server is away.
  }
  clearTimeout(timer);
  if (latest !== null) timer = setTimeout(() => document.hidden || look(), kPollMs);
  if (latest !== undefined) for (const show of listeners) show(latest);
}

// `show` is called with each status, or with null where the page has no right to it.
export function on_status(show) {
  listeners.push(show);
  if (listeners.length === 1) {
    document.addEventListener("visibilitychange", () => document.hidden || look());
    look();
  } else if (latest !== undefined) {
    show(latest);
  }
}
