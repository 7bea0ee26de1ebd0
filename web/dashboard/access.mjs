// The key that the page was given: kept for this tab alone, and sent to this server only.

const kKeyName = "rollcall.dashboard.key";
const kTimeoutMs = 5_000;

// An answer that is an error: {status, code, message}.
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const has_key = () => sessionStorage.getItem(kKeyName) !== null;
export const keep_key = (key) => sessionStorage.setItem(kKeyName, key);
export const forget_key = () => sessionStorage.removeItem(kKeyName);

// RFC 4648, 5, without padding: what a subprotocol's name may hold.
function base64url(text) {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// A browser sends no header with a WebSocket: the key travels as the name of a subprotocol.
export function subprotocols() {
  const key = sessionStorage.getItem(kKeyName);
  return ["rollcall.v1", ...(key === null ? [] : [`key.${base64url(key)}`])];
}

async function refusal(response) {
  try {
    const { error } = await response.json();
    return new Refused(response.status, error.code, error.message);
  } catch {
    return new Refused(response.status, "unknown", `status ${response.status}`);
  }
}

// The JSON of an answer, or null where it has none. Throws Refused, or what fetch throws.
export async function ask(path, options = {}) {
  const key = sessionStorage.getItem(kKeyName);
  const response = await fetch(path, {
    cache: "no-store",
    credentials: "omit",
    headers: key === null ? {} : { Authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(kTimeoutMs),
    ...options,
  });
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}
