// A browser does not tell a page why a WebSocket was refused; the same address asked by HTTP does.

const kTimeoutMs = 10_000;
const kUnauthorized = 401;

export async function is_refused(socket_url: URL, token: string): Promise<boolean> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), kTimeoutMs);
  try {
    const url = String(socket_url).replace(/^ws/, "http");
    const headers = { Authorization: `Bearer ${token}` };
    return (await fetch(url, { headers, signal: limit.signal })).status === kUnauthorized;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
