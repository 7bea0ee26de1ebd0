// crypto.randomUUID exists on secure origins only (a phone on the local network is not on one),
// and Node 18 has no global crypto.
export function random_id(): string {
  const bytes = globalThis.crypto?.getRandomValues(new Uint8Array(16))
    ?? Uint8Array.from({ length: 16 }, () => Math.random() * 256);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
