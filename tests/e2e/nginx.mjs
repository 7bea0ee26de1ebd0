// deploy/nginx.conf, in a real nginx.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { free_port, start_process, temporary_folder, text_file, wait_for } from "./harness.mjs";
import { call } from "./wire.mjs";

const kConf = fileURLToPath(new URL("../../deploy/nginx.conf", import.meta.url));
const kFolders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

// The file as it is, but for where it listens, logs and finds the server, and for what `edit`
// makes of its text. Answers {url, host, port, logs()}.
export async function start_nginx(t, server, edit = (site) => site) {
  const folder = temporary_folder(t);
  const port = await free_port();
  const logs = ["rollcall.log", "rollcall-error.log"].map((name) => join(folder, name));
  const site = edit(readFileSync(kConf, "utf8"))
    .replace("listen 80;", `listen 127.0.0.1:${port};`)
    .replace("server 127.0.0.1:8085;", `server 127.0.0.1:${server.port};`)
    .replaceAll("/var/log/nginx", folder);
  const temporary = kFolders.map((name) => `${name}_temp_path ${join(folder, name)};`).join("\n");
  const user = process.getuid() === 0 ? "user root;" : "";
  const main = `${user}
daemon off;
worker_processes 1;
pid ${join(folder, "nginx.pid")};
error_log stderr warn;
events { worker_connections 256; }
http {
${temporary}
${site}
}
`;
  const file = text_file(t, main, "nginx.conf");
  const words = ["-p", folder, "-c", file, "-e", "stderr"];
  const nginx = start_process(t, "/usr/sbin/nginx", words);
  const front = { url: `http://127.0.0.1:${port}`, host: "127.0.0.1", port };
  await wait_for(async () => (await call(front, "GET", "/healthz")).status < 500, {
    what: `nginx: ${nginx.errors()}`,
  });
  const logged = () => logs.map((log) => readFileSync(log, "utf8")).join("");
  return { ...front, logs: () => logged() + nginx.errors() };
}
