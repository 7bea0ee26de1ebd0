// Which of several tabs does the work for all.
import { elect } from "./election.js";

export interface Lead {
  seize(): void; // from a leader that no longer answers
  leave(): void; // for good
}

// `on_change` hears true when this tab leads, and false when it no longer does; never during the
// call itself.
export function seek_lead(
  name: string,
  tab: string,
  on_change: (leads: boolean) => void,
): Lead {
  const locks = globalThis.navigator?.locks;
  if (!locks) return elect(name, tab, on_change);
  let asking = new AbortController();
  let leads = false;
  let release = () => {};
  let elected: Lead | null = null;

  function change(leads_now: boolean) {
    leads = leads_now;
    on_change(leads);
  }

  function ask(steal: boolean) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    locks.request(name, steal ? { steal } : { signal }, () => {
      if (signal.aborted) return;
      change(true);
      return new Promise<void>((done) => (release = done));
    }).catch(() => {
      if (signal.aborted) return;
      // Where the page has no storage of its own (a sandboxed frame), locks are refused.
      if (!leads) return void (elected ??= elect(name, tab, on_change));
      change(false); // seized
      ask(false);
    });
  }

  ask(false);
  return {
    seize() {
      if (elected) elected.seize();
      else if (!leads) ask(true);
    },
    leave() {
      asking.abort();
      release();
      elected?.leave();
    },
  };
}
