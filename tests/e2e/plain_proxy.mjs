// A proxy that knows nothing of WebSockets: it passes requests on, and no upgrade.
import { once } from "node:events";
import { createServer, request } from "node:http";

const kOfAnUpgrade = ["connection", "upgrade"];

// {url, host, port, refused()}: how many wanted to upgrade.
export async function start_plain_proxy(t, server) {
  let refused = 0;
  const proxy = createServer((wanted, answer) => {
    if (wanted.headers.upgrade) ++refused;
    const headers = Object.fromEntries(Object.entries(wanted.headers)
      .filter(([name]) => !kOfAnUpgrade.includes(name)));
    const passed = request({
      host: server.host, port: server.port, method: wanted.method, path: wanted.url, headers,
    }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    wanted.pipe(passed);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const { port } = proxy.address();
  return { url: `http://127.0.0.1:${port}`, host: "127.0.0.1", port, refused: () => refused };
}
