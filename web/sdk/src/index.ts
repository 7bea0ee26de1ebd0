export { heartbeat } from "./heartbeat.js";
export type { Heartbeat, HeartbeatOptions } from "./heartbeat.js";
export type { Certainty, Count } from "./beat.js";
export { connect } from "./connection.js";
export type {
  ConnectOptions, Connection, ConnectionEvents, State, StateChange,
} from "./connection.js";
export type { PresenceChange, Status } from "./presence.js";
