// What systemd is to a service of Type=notify: somebody who reads its notices.
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { start_process, temporary_folder, wait_for } from "./harness.mjs";

// Node has no datagrams of this kind.
const kReader = `
import json, socket, sys
reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
reader.bind(sys.argv[1])
print(json.dumps("bound"), flush=True)
while True:
    print(json.dumps(reader.recv(4096).decode()), flush=True)
`;

const fields_of = (text) =>
  Object.fromEntries(text.split("\n").map((line) => /^([^=]*)=(.*)$/.exec(line).slice(1)));

// {env: of the service, notices(): [{READY: "1", ...}], until(condition)}. The socket is made in
// `folder`, which the service sees as `seen_as`.
export async function start_supervisor(t, folder = temporary_folder(t), seen_as = folder) {
  const path = join(folder, "notify");
  const reader = start_process(t, "python3", ["-c", kReader, path]);
  const lines = () => reader.output().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  await wait_for(() => lines().length > 0, { what: `the socket: ${reader.errors()}` });
  chmodSync(path, 0o777);
  const notices = () => lines().slice(1).map(fields_of);
  const until = (condition) => wait_for(() => condition(notices()), { what: "the notice" });
  return { env: { NOTIFY_SOCKET: join(seen_as, "notify") }, notices, until };
}
