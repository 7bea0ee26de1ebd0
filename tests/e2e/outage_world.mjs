// Visitors who beat at two nodes on one Redis and one PostgreSQL, while a test breaks things. What
// every node answers is held against the visitors there are.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { own_database } from "./database.mjs";
import { start_redis, start_rollcall, wait_for } from "./harness.mjs";
import { start_proxy } from "./tcp_proxy.mjs";
import { call } from "./wire.mjs";

const kActivity = "/api/sessions/activity";
const kOnline = "/api/sessions/online";
const kVisitors = 24;
const kRoundMs = 250;
const kDeadlineMs = 1_000;
const kSlackMs = 1_500;  // of two busy cores
const kAgreedMs = 60_000;

export const redis_cli = (redis, ...words) =>
  execFileSync("redis-cli", ["-p", String(redis.port), ...words], { encoding: "utf8" }).trim();

function node_config(redis_url, postgres) {
  return [
    `[redis]\nurl = "${redis_url}"`,
    postgres ? `[postgres]\nurl = "${postgres.url}"` : "",
    `[sessions]\ntimeout = "60s"\n[store]\nsettle = "2s"\n`,
  ].join("\n");
}

// {redis, postgres, nodes, link (the first node's to Redis), ...}: the visitors beat already.
export async function start_outage_world(t, { with_postgres = true } = {}) {
  const redis = await start_redis(t);
  const postgres = with_postgres ? await own_database() : null;
  const link = await start_proxy(t, redis.port);
  const start = (url) => start_rollcall(t, {
    config: node_config(url, postgres), args: ["--threads", "2"],
  });
  const nodes = [await start(`redis://127.0.0.1:${link.port}`), await start(redis.url)];
  const world = new OutageWorld({ redis, postgres, link, nodes });
  t.after(() => world.stop());
  await world.settled("redis");
  await world.rounds(3);  // each thread has given exact answers
  return world;
}

class OutageWorld {
  #visitors;
  #gone = new Set();
  #beating;
  #breaches = [];
  sources = new Set();
  certainties = new Set();

  constructor(parts) {
    Object.assign(this, parts);
    this.began = Date.now();
    this.#visitors = Array.from({ length: kVisitors }, (_, i) => `visitor-${i}`);
    this.#beating = this.#beat_on();
  }

  get online() {
    return kVisitors - this.#gone.size;
  }

  // One is gone, said at `node`, and never beats again.
  async leave(visitor, node = this.nodes[0]) {
    const index = this.#visitors.indexOf(`visitor-${visitor}`);
    this.#visitors[index] = null;
    await this.#round;  // its last beat is answered
    this.#gone.add(visitor);
    this.leaving = true;
    const answer = await call(node, "DELETE", kActivity, {
      body: { sessionId: `visitor-${visitor}` },
    });
    assert.equal(answer.status, 200, answer.body);
  }

  // All nodes answer exactly, from `source`, and agree.
  async settled(source = "redis") {
    await wait_for(async () => {
      const answers = await Promise.all(this.nodes.map((node) => call(node, "GET", kOnline)));
      return answers.every((answer) => answer.json?.online === this.online
        && answer.headers["x-rollcall-source"] === source
        && answer.headers["x-rollcall-certainty"] === "exact");
    }, { what: `exact answers of ${this.online} from ${source}`, bound_ms: kAgreedMs });
    this.leaving = false;
    this.was_local = false;
    this.sources.clear();
    this.certainties.clear();
  }

  // A node answers from `source` now.
  async answers_from(source, nodes = this.nodes) {
    await wait_for(async () => {
      const answers = await Promise.all(nodes.map((node) => call(node, "GET", kOnline)));
      return answers.every((answer) => answer.headers["x-rollcall-source"] === source);
    }, { what: `answers from ${source}`, bound_ms: 20_000 });
  }

  // So many rounds of all visitors.
  async rounds(count) {
    for (let i = 0; i < count; ++i) await this.#next_round();
  }

  // Fails when an answer was late, an error, or counted too few or too many.
  assert_right() {
    assert.deepEqual(this.#breaches, []);
  }

  async stop() {
    clearInterval(this.#beating);
    await this.#round;
  }

  #round = Promise.resolve();
  #next_round() {
    const before = this.#round;
    return wait_for(() => this.#round !== before, { bound_ms: 20_000, what: "the next round" })
      .then(() => this.#round);
  }

  // A round a beat of the interval, unless the one before is under way still.
  #beat_on() {
    let is_under_way = false;
    return setInterval(() => {
      if (is_under_way) return;
      is_under_way = true;
      this.#round = this.#beat_all().finally(() => (is_under_way = false));
    }, kRoundMs);
  }

  async #beat_all() {
    await Promise.all(this.#visitors.map((visitor, i) =>
      visitor && this.#beat(this.nodes[i % this.nodes.length], visitor)));
    this.beaten = true;
  }

  async #beat(node, visitor) {
    if (!node) return;
    const began = Date.now();
    let answer;
    try {
      answer = await call(node, "POST", kActivity, { body: { sessionId: visitor } });
    } catch (error) {
      if (this.nodes.includes(node)) this.#breaches.push(`${visitor}: ${error.message}`);
      return;
    }
    const took = Date.now() - began;
    const source = answer.headers["x-rollcall-source"];
    const certainty = answer.headers["x-rollcall-certainty"];
    this.sources.add(source);
    this.certainties.add(certainty);
    const told = `at ${began - this.began} ms ${visitor} was told ${answer.status} ${answer.body} `
      + `${source} ${certainty} after ${took} ms`;
    if (answer.status !== 200) return this.#breaches.push(told);
    if (took > kDeadlineMs + kSlackMs) this.#breaches.push(`late: ${told}`);
    if (!this.beaten) return;
    // Who is leaving may be counted until every node has heard of it.
    const most = this.leaving ? kVisitors : this.online;
    const least = this.#least(source, certainty);
    const { online } = answer.json;
    if (online > most || online < least) this.#breaches.push(`not ${least} to ${most}: ${told}`);
  }

  // Without a common store a node knows its own visitors only; so it is until both are back.
  #least(source, certainty) {
    if (certainty === "exact" || !(this.was_local || source === "local")) return this.online;
    this.was_local = true;
    return Math.floor(kVisitors / this.nodes.length) - this.#gone.size;
  }
}
