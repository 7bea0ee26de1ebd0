// `url` is where the server is ("https://live.example.com", "/live", or "" for this page's own
// origin), or the whole address of the endpoint itself. A query is kept.
export function endpoint(url: string, path: string): URL {
  const address = new URL(url, globalThis.document?.baseURI);
  if (!address.pathname.endsWith(path)) {
    address.pathname = address.pathname.replace(/\/+$/, "") + path;
  }
  address.hash = "";
  return address;
}
