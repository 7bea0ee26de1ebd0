"use client";
// Hooks for React 18 and later. Rendered on a server they know nothing yet.
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
 * nothing is known yet is missing. Without a connection nobody is known. */
export function usePresence(
  connection: Connection | null,
  users: string[],
): Record<string, Status> {
  const key = JSON.stringify([...new Set(users)].sort());
  const [statuses, set_statuses] = useState<Record<string, Status>>({});
  useEffect(() => {
    if (connection === null) return set_statuses({});
    const watched = JSON.parse(key) as string[];
    const is_watched = new Set(watched);
    const look = () => {
      const known = [...connection.presence].filter(([user]) => is_watched.has(user));
      set_statuses(Object.fromEntries(known));
    };
    const stop_listening = [
      connection.on("presence", ({ user }) => is_watched.has(user) && look()),
      connection.on("error", look), // someone may be watched no more
    ];
    connection.watch(watched);
    look();
    return () => {
      stop_listening.forEach((stop) => stop());
      // After the next effect has begun to watch: who is in both lists stays known.
      queueMicrotask(() => connection.unwatch(watched));
    };
  }, [connection, key]);
  return statuses;
}
