// What rollcall itself says on a connection (docs/realtime.md); all else is the application's.
import type { Status } from "./presence.js";

export type Control =
  | { type: "rollcall.welcome"; connection: string; user: string; node: string; pingMs: number }
  | { type: "rollcall.presence_state"; users: Record<string, Status> }
  | { type: "rollcall.presence"; user: string; status: Status; reason: string; at: number;
      seq: number }
  | { type: "rollcall.token_expiring"; expiresInMs: number }
  | { type: "rollcall.pong" }
  | { type: "rollcall.error"; code: string; message: string };

export function control_of(data: unknown): Control | null {
  if (typeof data !== "string" || !data.startsWith('{"type":"rollcall.')) return null;
  try {
    return JSON.parse(data) as Control;
  } catch {
    return null;
  }
}
