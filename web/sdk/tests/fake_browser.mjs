// The parts of a browser that tabs share, for tests of one process.

// BroadcastChannel whose messages come in order, right after the current turn. Answers how to
// freeze, or crash, the tab that opened the n-th channel, which neither hears nor says more; that
// answers how to thaw it.
export function install_channels(t) {
  const real = globalThis.BroadcastChannel;
  const open = new Set();
  const opened = [];
  globalThis.BroadcastChannel = class {
    constructor(name) {
      this.name = name;
      open.add(this);
      opened.push(this);
    }
    postMessage(data) {
      if (!open.has(this)) return;
      const others = [...open].filter((each) => each !== this && each.name === this.name);
      const copy = structuredClone(data);
      const deliver = (each) => open.has(each) && each.onmessage({ data: copy });
      others.forEach((each) => queueMicrotask(() => deliver(each)));
    }
    close() {
      open.delete(this);
    }
  };
  t.after(() => (globalThis.BroadcastChannel = real));
  return (index) => {
    open.delete(opened[index]);
    return () => open.add(opened[index]);
  };
}

// Web Locks: a name is held by one at a time, in the order of asking, or by who steals it.
export function install_locks(t) {
  const queues = new Map();
  async function serve(name) {
    const queue = queues.get(name);
    if (queue.held || queue.waiting.length === 0) return;
    const request = (queue.held = queue.waiting.shift());
    await request.act({ name });
    request.done();
    if (queue.held !== request) return;
    queue.held = null;
    serve(name);
  }
  function drop({ waiting }, request, reason) {
    const at = waiting.indexOf(request);
    if (at < 0) return;
    waiting.splice(at, 1);
    request.fail(reason);
  }
  const locks = {
    request(name, { signal, steal }, act) {
      const queue = queues.get(name) ?? { held: null, waiting: [] };
      queues.set(name, queue);
      return new Promise((done, fail) => {
        const request = { act, done, fail };
        signal?.addEventListener("abort", () => drop(queue, request, signal.reason));
        if (steal) queue.held?.fail(new DOMException("stolen", "AbortError"));
        if (steal) queue.held = null;
        queue.waiting[steal ? "unshift" : "push"](request);
        queueMicrotask(() => serve(name));
      });
    },
  };
  set_global(t, "navigator", { locks });
}

// Until the test ends.
export function set_global(t, name, value) {
  const real = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (real ? Object.defineProperty(globalThis, name, real) : delete globalThis[name]));
}

export function install_storage(t) {
  const kept = new Map();
  set_global(t, "localStorage", {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  });
  return kept;
}
