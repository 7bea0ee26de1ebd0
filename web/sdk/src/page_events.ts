// What happens to a page, as one list of listeners that come and go together. Outside of a browser
// nothing happens.
export interface PageEvents {
  left(): void; // closed, reloaded, or put aside for the back button
  restored(): void; // back from there
  shown(): void;
  online(): void;
  offline(): void;
}

export function is_hidden(): boolean {
  return globalThis.document?.visibilityState === "hidden";
}

export function listen_to_page(heard: Partial<PageEvents>): () => void {
  const here = new AbortController();
  const on = (target: EventTarget | undefined, type: string, act: (event: Event) => void) =>
    target?.addEventListener?.(type, act, { signal: here.signal });
  const page = globalThis.window as EventTarget | undefined;
  on(page, "pagehide", () => heard.left?.());
  on(page, "pageshow", (event) => (event as PageTransitionEvent).persisted && heard.restored?.());
  on(page, "online", () => heard.online?.());
  on(page, "offline", () => heard.offline?.());
  on(globalThis.document, "visibilitychange", () => is_hidden() || heard.shown?.());
  return () => here.abort();
}

// A page that the browser renders ahead is nobody's visit until it is shown.
export function when_activated(begin: () => void): () => void {
  const page = globalThis.document as (Document & { prerendering?: boolean }) | undefined;
  if (!page?.prerendering) {
    begin();
    return () => {};
  }
  page.addEventListener("prerenderingchange", begin, { once: true });
  return () => page.removeEventListener("prerenderingchange", begin);
}
