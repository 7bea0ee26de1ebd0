// What the node tells by itself, over a WebSocket.

import { subprotocols } from "./access.mjs";

const kSilenceMs = 5_000;  // it tells how it fares every second

// {close()}. `on_frame` is called with each JSON object that comes, and `on_end` once, unless it
// was closed here: when there is no connection, no more, or nothing comes from it.
export function open_stream({ on_frame, on_end }) {
  const origin = location.origin.replace(/^http/, "ws");
  const socket = new WebSocket(`${origin}/api/v1/dashboard/ws`, subprotocols());
  let silence = setTimeout(end, kSilenceMs);

  function close() {
    clearTimeout(silence);
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  function end() {
    close();
    on_end();
  }

  socket.onmessage = ({ data }) => {
    clearTimeout(silence);
    silence = setTimeout(end, kSilenceMs);
    on_frame(JSON.parse(data));
  };
  socket.onclose = end;
  return { close };
}
