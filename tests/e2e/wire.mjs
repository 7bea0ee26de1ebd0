// HTTP/1.1 as bytes, for what a well-behaved client cannot send.
import { connect } from "node:net";

const kBoundMs = 10_000;
const kAnswerLimit = 8 * 1024 * 1024;

// Splits bytes into complete responses. Only what rollcall sends: a length, or none at all.
export function parse_responses(bytes) {
  const responses = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return { responses, rest };
    const [status_line, ...lines] = rest.subarray(0, end).toString("latin1").split("\r\n");
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const length = Number(headers["content-length"] ?? 0);
    const body_start = end + 4;
    if (rest.length < body_start + length) return { responses, rest };
    responses.push({
      status: Number(status_line.split(" ")[1]),
      headers,
      body: rest.subarray(body_start, body_start + length).toString("utf8"),
    });
    rest = rest.subarray(body_start + length);
  }
}

// Sends the parts (text as latin1, or bytes), each as a write of its own, and collects the answer
// until the server closes or `responses` of them are complete, whichever is first.
// Resolves to {responses, closed, rest}; rejects when neither happens within the bound.
export function raw_exchange(port, parts, { responses = Infinity, bound_ms = kBoundMs } = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let bytes = Buffer.alloc(0);
    const finish = (closed) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...parse_responses(bytes), closed });
    };
    const fail = (why) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(`${why}; received: ${JSON.stringify(bytes.toString("latin1", 0, 500))}`));
    };
    const timer = setTimeout(() => fail(`no complete answer within ${bound_ms} ms`), bound_ms);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length > kAnswerLimit) fail("the answer is too long");
      if (parse_responses(bytes).responses.length >= responses) finish(false);
    });
    socket.on("end", () => finish(true));
    socket.on("error", (error) => (error.code === "ECONNRESET" ? finish(true) : fail(error)));
    socket.on("connect", () => {
      for (const part of [parts].flat()) socket.write(Buffer.from(part, "latin1"));
    });
  });
}
