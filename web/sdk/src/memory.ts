// What a browser remembers over reloads and for all tabs of an origin. Storage may be denied, or
// not be there at all: then nothing is remembered.
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full, or denied.
  }
}
