// One WebSocket, from its opening to the end that is told exactly once.
import { kTokenRefused, kUnreachable } from "./returning.js";
import type { Ending } from "./returning.js";
import { is_refused } from "./token.js";

const kProtocol = "rollcall.v1";
const kOpeningMs = 20_000; // from the call to the welcome, the token included
const kNormal = 1000;

// As browsers have it; `ws` for Node behaves so, and declares itself otherwise.
export type SocketClass = new (url: string | URL, protocols?: string | string[]) => object;

export interface SocketEvents {
  token?: () => Promise<string>;
  received(data: string | ArrayBuffer): void;
  ended(ending: Ending): void;
}

export interface Socket {
  welcomed(): void;
  send(command: object): void;
  lose(reason: string): void; // given up: nothing more comes of it
  close(): void; // for good: `ended` is not told
}

export function open_socket(url: URL, SocketClass: SocketClass, heard: SocketEvents): Socket {
  let ws: WebSocket | null = null;
  let done = false;
  let welcomed_at = 0;
  const opening = setTimeout(() => lose("no welcome"), kOpeningMs);

  async function open() {
    await null; // until the caller has this socket
    const token = done ? undefined : await heard.token?.();
    if (done) return;
    const protocols = token === undefined ? [kProtocol] : [kProtocol, `bearer.${token}`];
    ws = new SocketClass(url, protocols) as WebSocket;
    ws.binaryType = "arraybuffer";
    ws.onmessage = ({ data }) => done || heard.received(data);
    ws.onclose = async ({ code, reason }) => {
      const refused = welcomed_at === 0 && code === kUnreachable && token !== undefined
        && await is_refused(url, token);
      if (refused) end(kTokenRefused, "token_refused");
      else end(code, reason);
    };
    ws.onerror = () => {}; // a close follows
  }

  function abandon() {
    done = true;
    clearTimeout(opening);
    ws?.close(kNormal);
  }

  function end(code: number, reason: string) {
    if (done) return;
    abandon();
    heard.ended({ code, reason, lasted_ms: welcomed_at && performance.now() - welcomed_at });
  }

  const lose = (reason: string) => end(kUnreachable, reason);

  open().catch((error) => lose(String(error)));
  return {
    welcomed() {
      clearTimeout(opening);
      welcomed_at = performance.now();
    },
    send(command) {
      if (ws?.readyState === 1) ws.send(JSON.stringify(command));
    },
    lose,
    close: abandon,
  };
}
