// Which of several tabs does the work for all.
import { elect } from "./election.js";

// `on_change` hears true when this tab leads, and false should it no longer; never during the call
// itself. Answers how to step back for good.
export function seek_lead(
  name: string,
  tab: string,
  on_change: (leads: boolean) => void,
): () => void {
  const locks = globalThis.navigator?.locks;
  if (!locks) return elect(name, tab, on_change);

  const waiting = new AbortController();
  let step_back = () => waiting.abort();
  const held = locks.request(name, { signal: waiting.signal }, () => {
    if (waiting.signal.aborted) return;
    on_change(true);
    return new Promise<void>((release) => (step_back = release));
  });
  held.catch(() => {
    // Where the page has no storage of its own (a sandboxed frame), locks are refused.
    if (!waiting.signal.aborted) step_back = elect(name, tab, on_change);
  });
  return () => step_back();
}
