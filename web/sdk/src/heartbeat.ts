// Heartbeats: this browser is here, and how many are.
import type { Certainty, Count } from "./beat.js";
import { endpoint } from "./endpoint.js";
import { recall, remember } from "./memory.js";
import { listen_to_page, when_activated } from "./page_events.js";
import { random_id } from "./random_id.js";
import { quietly } from "./quietly.js";
import { begin_visit } from "./visit.js";
import type { Visit } from "./visit.js";

const kPath = "/api/sessions/activity";
const kIdKey = "rollcall.session";

export interface HeartbeatOptions {
  /** Where the server is: "https://live.example.com", "/live", or "" for the page's own origin. */
  url?: string;
  /** Called whenever the number, its certainty or its source changes. */
  onCount?: (online: number, details: Count) => void;
  /** Called when a beat failed. The last number stands, and the next beat comes by itself. */
  onError?: (reason: string) => void;
  /** An id of your own for this browser; otherwise a random one, kept in localStorage. */
  sessionId?: string;
  /** Leave it to the server's cookie who this is: for pages on the same site as the server. */
  cookie?: boolean;
}

export interface Heartbeat {
  /** The last number of people online; null before the first answer. */
  readonly count: number | null;
  /** "exact", or "at-least" while the server's stores are being repaired. */
  readonly certainty: Certainty | null;
  /** What answered: "memory", "redis", "postgres" or "local". */
  readonly source: string | null;
  /** Ends the beats, and says goodbye when no other tab beats on. */
  stop(): void;
}

function kept_id(): string {
  const id = recall(kIdKey) || random_id();
  remember(kIdKey, id);
  return id;
}

function is_same(one: Count | null, other: Count): boolean {
  return one?.online === other.online && one.certainty === other.certainty
    && one.source === other.source;
}

export function heartbeat(options: HeartbeatOptions = {}): Heartbeat {
  const { url = "", onCount, onError, sessionId, cookie = false } = options;
  let latest: Count | null = null;
  let visit: Visit | null = null;
  let stop = () => {};

  function counted(count: Count) {
    if (is_same(latest, count)) return;
    latest = count;
    quietly(() => onCount?.(count.online, count));
  }

  function failed(reason: string) {
    quietly(() => onError?.(reason));
  }

  quietly(() => {
    const id = cookie ? {} : { sessionId: sessionId ?? kept_id() };
    const session = { url: endpoint(url, kPath), id };
    const begin = () => (visit ??= begin_visit(session, { counted, failed }));
    const end = () => {
      visit?.end();
      visit = null;
    };
    const beat_soon = () => visit?.beat_soon();
    const deafen = listen_to_page({
      left: end, restored: begin, shown: beat_soon, online: beat_soon,
    });
    const forget = when_activated(begin);
    stop = () => {
      forget();
      deafen();
      end();
    };
  });

  return {
    get count() { return latest?.online ?? null; },
    get certainty() { return latest?.certainty ?? null; },
    get source() { return latest?.source ?? null; },
    stop: () => quietly(stop),
  };
}
