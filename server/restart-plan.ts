/** The delay before a process is replaced, ms: it doubles from the first to the longest. */
const FIRST_MS = 100;
const LONGEST_MS = 30_000;
/** A process that ran for this long, ms, ended for a reason of its own: its successor starts without delay. */
const SETTLED_MS = 60_000;
/** While none is listening, so many may die one after the other. */
const MOST_DEATHS = 5;

export interface RestartPlan {
  /** A process has started to listen. */
  listened(): void;
  /**
   * A process has ended after `livedMs`, and `listening` others still listen. @returns the delay before its successor starts, ms;
   * null to give up, because starting another would end in the same way.
   */
  ended(livedMs: number, listening: number): number | null;
}

/**
 * Plans when web processes that ended are replaced. It gives up when the first ones die before any has listened, because then a
 * setting or the port is wrong; and when several die in succession without listening and none is left that serves readers.
 */
export function createRestartPlan(): RestartPlan {
  let hasListened = false;
  let deaths = 0;
  let delayMs = FIRST_MS;
  return {
    listened() {
      hasListened = true;
      deaths = 0;
    },
    ended(livedMs, listening) {
      deaths += 1;
      if (listening === 0 && (!hasListened || deaths >= MOST_DEATHS)) return null;
      if (livedMs >= SETTLED_MS) delayMs = FIRST_MS;
      const mine = delayMs;
      delayMs = Math.min(2 * delayMs, LONGEST_MS);
      return mine;
    },
  };
}
