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

const kPerUser = ["watch_forbidden", "invalid_id"]; // one user is enough for such a refusal
const kAnswers = [...kPerUser, "watch_limit", "invalid_command"];

export class Presence {
  readonly statuses = new Map<string, Status>();
  #watches = new Map<string, number>(); // how many ask for a user
  #unasked: string[][] = []; // groups of users that the server is not asked for yet
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
    if (!this.#open || added.length === 0) return;
    this.#unasked.push([...new Set(added)]);
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
    if (this.#open && ended.length > 0) {
      this.#events.send({ type: "rollcall.unwatch", users: ended });
    }
  }

  // The server knows nothing of earlier connections.
  opened(): void {
    this.#open = true;
    this.#asked = null;
    this.#seqs.clear();
    this.#unasked = [[...this.#watches.keys()]];
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
    if (this.#asked === null || !kAnswers.includes(code)) return false;
    const users = this.#asked;
    this.#asked = null;
    if (kPerUser.includes(code) && users.length > 1) {
      const half = users.length >> 1;
      this.#unasked.unshift(users.slice(0, half), users.slice(half));
    } else {
      users.forEach((user) => this.#forget(user));
      this.#events.refused(code, users);
    }
    this.#ask();
    return true;
  }

  #ask(): void {
    if (!this.#open || this.#asked !== null) return;
    for (let group; (group = this.#unasked.shift());) {
      const users = group.filter((user) => this.#watches.has(user));
      if (users.length === 0) continue;
      this.#asked = users;
      return this.#events.send({ type: "rollcall.watch", users });
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
