// A proxy on one link: it can cut, hang, and delay what passes.
import { once } from "node:events";
import { connect, createServer } from "node:net";

// {port, cut(): refuse and end all; hang(): pass nothing on; delay(ms); restore()}.
export async function start_proxy(t, target_port) {
  let state = { refuses: false, hangs: false, delay_ms: 0 };
  const sockets = new Set();

  function join_sockets(from, to) {
    sockets.add(from);
    from.on("data", (chunk) => {
      if (state.hangs) return;
      if (state.delay_ms === 0) return to.write(chunk);
      const due = setTimeout(() => to.writable && to.write(chunk), state.delay_ms);
      due.unref();
    });
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const server = createServer((client) => {
    if (state.refuses) return client.destroy();
    const upstream = connect(target_port, "127.0.0.1");
    join_sockets(client, upstream);
    join_sockets(upstream, client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const end_all = () => sockets.forEach((socket) => socket.destroy());
  t.after(() => {
    end_all();
    server.close();
  });
  return {
    port: server.address().port,
    cut() {
      state = { ...state, refuses: true };
      end_all();
    },
    hang: () => (state = { ...state, hangs: true }),
    delay: (ms) => (state = { ...state, delay_ms: ms }),
    restore() {
      // What hung is lost: its connections end, as a firewall that lost its table would make them.
      if (state.hangs) end_all();
      state = { refuses: false, hangs: false, delay_ms: 0 };
    },
  };
}
