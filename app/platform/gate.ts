import pLimit from "p-limit";

/** Work that was refused because too much of it was waiting. Nothing of it was done. */
export class TooBusy extends Error {
  override name = "TooBusy";
}

/** Runs some pieces of work at a time and lets some more wait. */
export interface Gate {
  /** @throws TooBusy at once if too many are waiting. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** `atOnce` run at a time, and at most `waiting` more wait for their turn. */
export function createGate({ atOnce, waiting }: { atOnce: number; waiting: number }): Gate {
  const limit = pLimit(atOnce);
  return {
    async run(work) {
      if (limit.activeCount >= atOnce && limit.pendingCount >= waiting)
        throw new TooBusy("too many are waiting");
      return limit(work);
    },
  };
}
