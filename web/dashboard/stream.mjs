// What the node tells by itself, over a WebSocket.

import { subprotocols } from "./access.mjs";

const kListenMs = 2_000;  // it tells how it fares every second
const kSilences = 2;      // in a row: after one, what came while the page was held up has its turn

// {close()}. `on_frame` is called with each JSON object that comes, and `on_end` once, unless it
// was closed here: when there is no connection, no more, or nothing comes from it.
export function open_stream({ on_frame, on_end }) {
  const origin = location.origin.replace(/^http/, "ws");
  const socket = new WebSocket(`${origin}/api/v1/dashboard/ws`, subprotocols());
  let silences = 0;
  const listening = setInterval(() => ++silences > kSilences && end(), kListenMs);

  function close() {
    clearInterval(listening);
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  function end() {
    close();
    on_end();
  }

  socket.onmessage = ({ data }) => {
    silences = 0;
    on_frame(JSON.parse(data));
  };
  socket.onclose = end;
  return { close };
}
