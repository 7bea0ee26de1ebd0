// The parts of a browser that tabs share, for tests of one process.

// BroadcastChannel whose messages come in order, right after the current turn. Answers how to
// crash the tab that opened the n-th channel, which says no more.
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
  return (index) => open.delete(opened[index]);
}

// Web Locks: a name is held by one at a time, in the order of asking.
export function install_locks(t) {
  const queues = new Map();
  async function serve(name) {
    const queue = queues.get(name);
    if (queue.held || queue.waiting.length === 0) return;
    queue.held = true;
    const { act, done } = queue.waiting.shift();
    await act({ name });
    queue.held = false;
    done();
    serve(name);
  }
  const locks = {
    request(name, { signal }, act) {
      const queue = queues.get(name) ?? { held: false, waiting: [] };
      queues.set(name, queue);
      return new Promise((done, fail) => {
        const request = { act, done };
        signal.addEventListener("abort", () => {
          const at = queue.waiting.indexOf(request);
          if (at < 0) return;
          queue.waiting.splice(at, 1);
          fail(signal.reason);
        });
        queue.waiting.push(request);
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
