// A WebSocket that comes back after it was lost: with full jitter, so that the clients of a server
// that was away do not all return at once; when a server that stops says when; and not at all when
// the server wants no more of this client.

const kFirstWaitMs = 500;
const kLongestWaitMs = 15_000;
const kFinalCodes = [4401, 4403]; // the token is not good any more; disconnected on purpose

function hinted_wait_ms(reason) {
  try {
    return JSON.parse(reason).reconnectMs ?? null;
  } catch {
    return null;
  }
}

// `listener` has message(data), and lost({code, reason, final, was_open}). Answers {send(object),
// close()}; after close() the listener hears no more.
export function keep_open(url, listener) {
  let socket = null;
  let timer = 0;
  let failures = 0;

  function open() {
    let was_open = false;
    socket = new WebSocket(url, "rollcall.v1");
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      was_open = true;
      failures = 0;
      listener.message(data);
    };
    socket.onclose = ({ code, reason }) => {
      const final = kFinalCodes.includes(code);
      const longest_ms = Math.min(kLongestWaitMs, kFirstWaitMs * 2 ** failures++);
      const wait_ms = hinted_wait_ms(reason) ?? Math.random() * longest_ms;
      if (!final) timer = setTimeout(open, wait_ms);
      listener.lost({ code, reason, final, was_open });
    };
  }

  function close() {
    clearTimeout(timer);
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  function send(command) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
  }

  open();
  return { send, close };
}
