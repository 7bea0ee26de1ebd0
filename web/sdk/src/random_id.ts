// crypto.randomUUID exists on secure origins only; a phone on the local network is not on one.
export function random_id(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
