// A user's connection: it comes back by itself, and watches on.
import { full_jitter_ms } from "./backoff.js";
import { control_of } from "./control.js";
import type { Control } from "./control.js";
import { endpoint } from "./endpoint.js";
import { Listeners } from "./listeners.js";
import { listen_to_page } from "./page_events.js";
import { Presence } from "./presence.js";
import type { PresenceChange, Status } from "./presence.js";
import { Returning } from "./returning.js";
import type { Ending } from "./returning.js";
import { listen_for_silence } from "./silence.js";
import type { Silence } from "./silence.js";
import { open_socket } from "./socket.js";
import type { Socket, SocketClass } from "./socket.js";

const kPath = "/api/v1/realtime/ws";
const kRenewal = { first_ms: 1_000, longest_ms: 5_000 };
const kNoticeMs = 25_000; // a server says 30 s ahead that a token ends, unless it lives shorter
const kClosed = { code: 1000, reason: "closed" };

export interface ConnectOptions {
  /** Where the server is: "https://live.example.com", "/live", or "" for the page's own origin. */
  url?: string;
  /** A new token from your application; asked for before each connection, and to prolong one. */
  token?: () => Promise<string>;
  /** The class to use where there is no global WebSocket: `ws` in Node before 22. */
  WebSocket?: SocketClass;
}

export type State = "connecting" | "open" | "waiting" | "closed";

export interface StateChange {
  state: State;
  /** Why the last connection ended: docs/realtime.md has the codes. */
  code?: number;
  reason?: string;
  /** While waiting: when it will be tried again. */
  retryInMs?: number;
}

export interface ConnectionEvents {
  state: StateChange;
  /** The application's: text as it was sent, bytes as an ArrayBuffer. */
  message: string | ArrayBuffer;
  presence: PresenceChange;
  error: { code: string; message: string; users?: string[] };
}

export interface Connection {
  readonly state: State;
  /** Whom the token names; null before the first welcome. */
  readonly user: string | null;
  /** What was last heard of those who are watched; it may be old unless the state is "open". */
  readonly presence: ReadonlyMap<string, Status>;
  /** Answers how to stop listening. */
  on<Name extends keyof ConnectionEvents>(
    name: Name, listener: (event: ConnectionEvents[Name]) => void): () => void;
  /** Each watch of a user is ended by one unwatch. */
  watch(users: string[]): void;
  unwatch(users: string[]): void;
  setStatus(status: "online" | "away"): void;
  /** For good. */
  close(): void;
}

export function connect(options: ConnectOptions = {}): Connection {
  const { token, WebSocket: SocketType = globalThis.WebSocket } = options;
  const url = endpoint((options.url ?? "").replace(/^ws(?=s?:)/, "http"), kPath);
  url.protocol = url.protocol.replace("http", "ws");
  const listeners = new Listeners<ConnectionEvents>();
  const returning = new Returning();
  let state: State = "connecting";
  let user: string | null = null;
  let is_away = false;
  let socket: Socket | null = null;
  let silence: Silence | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let may_hurry = false;

  const presence = new Presence({
    send,
    changed: (change) => listeners.emit("presence", change),
    refused: (code, users) =>
      listeners.emit("error", { code, message: "these users are not watched", users }),
  });

  function change_state(change: StateChange) {
    state = change.state;
    listeners.emit("state", change);
  }

  function send(command: object) {
    socket?.send(command);
  }

  function open() {
    clearTimeout(timer);
    if (socket !== null) return;
    socket = open_socket(url, SocketType, { token: token && ask_token, received, ended });
    change_state({ state: "connecting" });
  }

  function received(data: string | ArrayBuffer) {
    silence?.heard();
    const control = control_of(data);
    if (control === null) listeners.emit("message", data);
    else obey(control);
  }

  function obey(control: Control) {
    if (control.type === "rollcall.welcome") welcome(control);
    if (control.type === "rollcall.presence_state") presence.on_state(control.users);
    if (control.type === "rollcall.presence") presence.on_change(control);
    if (control.type === "rollcall.token_expiring") expire(control.expiresInMs);
    if (control.type !== "rollcall.error" || presence.on_error(control.code)) return;
    listeners.emit("error", { code: control.code, message: control.message });
  }

  function welcome({ user: name, pingMs }: Extract<Control, { type: "rollcall.welcome" }>) {
    user = name;
    socket?.welcomed();
    silence = listen_for_silence(pingMs, {
      probe: () => send({ type: "rollcall.ping" }),
      lost: () => socket?.lose("silent"),
    });
    if (is_away) send_status();
    change_state({ state: "open" });
    presence.opened();
  }

  function leave_socket() {
    clearTimeout(timer);
    silence?.stop();
    presence.closed();
    socket = silence = null;
  }

  function ended(ending: Ending) {
    leave_socket();
    const { code, reason } = ending;
    const next = returning.after(ending);
    if (next.final) return finish({ code, reason });
    may_hurry = !next.asked;
    timer = setTimeout(open, next.wait_ms);
    change_state({ state: "waiting", code, reason, retryInMs: next.wait_ms });
  }

  function finish(why: { code: number; reason: string }) {
    deafen();
    change_state({ state: "closed", ...why });
  }

  async function ask_token(): Promise<string> {
    try {
      const fresh = await token?.();
      if (!fresh) throw new Error("no token");
      return fresh;
    } catch (error) {
      if (state !== "closed") {
        listeners.emit("error", { code: "token_failed", message: String(error) });
      }
      throw error;
    }
  }

  // A token that lives shorter than the notice is renewed half-way, or it would be all the time.
  function expire(left_ms: number) {
    renew_in(left_ms > kNoticeMs ? 0 : left_ms / 2, 0);
  }

  function renew_in(delay_ms: number, failures: number) {
    const renewed = socket;
    setTimeout(async () => {
      if (!token || socket !== renewed) return;
      try {
        renewed?.send({ type: "rollcall.token", token: await ask_token() });
      } catch {
        if (socket === renewed) renew_in(full_jitter_ms(failures, kRenewal), failures + 1);
      }
    }, delay_ms);
  }

  function send_status() {
    send({ type: "rollcall.status", status: is_away ? "away" : "online" });
  }

  function hurry() {
    if (state === "waiting" && may_hurry) open();
    else doubt();
  }

  function doubt() {
    silence?.doubt();
  }

  function set_aside() {
    const left = socket;
    leave_socket();
    left?.close();
  }

  const deafen = listen_to_page({
    left: set_aside, restored: open, shown: hurry, online: hurry, offline: doubt,
  });
  queueMicrotask(() => state === "connecting" && open());

  return {
    get state() { return state; },
    get user() { return user; },
    presence: presence.statuses,
    on: (name, listener) => listeners.on(name, listener),
    watch: (users) => presence.watch(users),
    unwatch: (users) => presence.unwatch(users),
    setStatus(status) {
      is_away = status === "away";
      send_status();
    },
    close() {
      if (state === "closed") return;
      set_aside();
      finish(kClosed);
    },
  };
}
