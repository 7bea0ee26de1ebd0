// Who is watched, and what is known of them. Pure: it says what to send, and what changed.

export type Status = "online" | "away" | "offline";

export interface PresenceChange {
  user: string;
  status: Status;
  /** The server's word for it; "state" when the status was learned by asking. */
  reason: string;
  /** Unix milliseconds. */
  at: number;
}

export interface PresenceEvents {
  send(command: object): void;
  changed(change: PresenceChange): void;
  refused(code: string, users: string[]): void; // they are watched no more
}

interface Told extends PresenceChange {
  seq: number;
}

const kLimit = "watch_limit";
const kRefusals = [kLimit, "watch_forbidden", "invalid_id", "invalid_command", "invalid_json"];
const kMostNamed = 250; // users in a command, which a server's limits of a message leave room for

export class Presence {
  readonly statuses = new Map<string, Status>();
  #watches = new Map<string, number>(); // how many ask for a user
  #unasked: string[] = [];
  #halves: string[][] = []; // of refused questions; they are asked first
  #asked: string[] | null = null; // at most one question at a time: refusals name no users
  #seqs = new Map<string, number>();
  #open = false;
  #events: PresenceEvents;

  constructor(events: PresenceEvents) {
    this.#events = events;
  }

  watch(users: string[]): void {
    const added = users.filter((user) => !this.#watches.has(user));
    for (const user of users) this.#watches.set(user, (this.#watches.get(user) ?? 0) + 1);
    if (!this.#open) return;
    this.#unasked = this.#unasked.concat(added);
    this.#ask();
  }

  unwatch(users: string[]): void {
    const ended: string[] = [];
    for (const user of users) {
      const watches = this.#watches.get(user) ?? 0;
      if (watches > 1) this.#watches.set(user, watches - 1);
      else if (watches === 1) ended.push(user);
      if (watches === 1) this.#forget(user);
    }
    while (this.#open && ended.length > 0) {
      this.#events.send({ type: "rollcall.unwatch", users: ended.splice(0, kMostNamed) });
    }
  }

  // The server knows nothing of earlier connections.
  opened(): void {
    this.#open = true;
    this.#asked = null;
    this.#seqs.clear();
    this.#halves = [];
    this.#unasked = [...this.#watches.keys()];
    this.#ask();
  }

  closed(): void {
    this.#open = false;
  }

  on_state(users: Record<string, Status>): void {
    this.#asked = null;
    for (const [user, status] of Object.entries(users)) {
      this.#take({ user, status, reason: "state", at: Date.now() });
    }
    this.#ask();
  }

  on_change({ user, status, reason, at, seq }: Told): void {
    if (seq <= (this.#seqs.get(user) ?? 0)) return;
    this.#seqs.set(user, seq);
    this.#take({ user, status, reason, at });
  }

  // True when the error answers a watch. One user of many may be the reason: each half is asked
  // again, until it is found.
  on_error(code: string): boolean {
    if (this.#asked === null || !kRefusals.includes(code)) return false;
    const users = this.#asked;
    this.#asked = null;
    const half = users.length >> 1;
    if (half > 0) this.#halves.unshift(users.slice(0, half), users.slice(half));
    // Where one does not fit, no other does.
    else this.#give_up(code, code === kLimit ? users.concat(this.#take_unasked()) : users);
    this.#ask();
    return true;
  }

  #give_up(code: string, users: string[]): void {
    const refused = this.#still_watched(users);
    refused.forEach((user) => this.#forget(user));
    this.#events.refused(code, refused);
  }

  #take_unasked(): string[] {
    return this.#halves.splice(0).flat().concat(this.#unasked.splice(0));
  }

  #still_watched(users: string[]): string[] {
    return [...new Set(users)].filter((user) => this.#watches.has(user));
  }

  #ask(): void {
    while (this.#open && this.#asked === null) {
      const group = this.#halves.shift() ?? this.#unasked.splice(0, kMostNamed);
      if (group.length === 0) return;
      const users = this.#still_watched(group);
      if (users.length === 0) continue;
      this.#asked = users;
      this.#events.send({ type: "rollcall.watch", users });
    }
  }

  #take(change: PresenceChange): void {
    const { user, status } = change;
    if (!this.#watches.has(user) || this.statuses.get(user) === status) return;
    this.statuses.set(user, status);
    this.#events.changed(change);
  }

  #forget(user: string): void {
    this.#watches.delete(user);
    this.statuses.delete(user);
    this.#seqs.delete(user);
  }
}
