// Hooks for React 18 and later.
import { useEffect, useState } from "react";
import { heartbeat } from "./index.js";
import type { Connection, Count, HeartbeatOptions, Status } from "./index.js";

/** Beats while the component is there. Answers {online, certainty, source}; null before the first
 * answer. */
export function useOnlineCount(
  options: Pick<HeartbeatOptions, "url" | "sessionId" | "cookie"> = {},
): Count | null {
  const { url, sessionId, cookie } = options;
  const [count, set_count] = useState<Count | null>(null);
  useEffect(() => {
    const onCount = (_: number, details: Count) => set_count(details);
    const beats = heartbeat({ url, sessionId, cookie, onCount });
    return () => beats.stop();
  }, [url, sessionId, cookie]);
  return count;
}

/** Watches these users while the component is there. Answers the status of each; one of whom
 * nothing is known yet is missing. */
export function usePresence(connection: Connection, users: string[]): Record<string, Status> {
  const key = JSON.stringify([...new Set(users)].sort());
  const [statuses, set_statuses] = useState<Record<string, Status>>({});
  useEffect(() => {
    const watched = JSON.parse(key) as string[];
    const look = () => {
      const known = [...connection.presence].filter(([user]) => watched.includes(user));
      set_statuses(Object.fromEntries(known));
    };
    const stop_listening = connection.on("presence", look);
    connection.watch(watched);
    look();
    return () => {
      stop_listening();
      connection.unwatch(watched);
    };
  }, [connection, key]);
  return statuses;
}
