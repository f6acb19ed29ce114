/** Exports read from the pages' pool of eight connections: with two at a time, six stay for pages. */
const AT_ONCE = 2;

/** Whose turn it is to read the next rows for an export: a few at a time per process, first come, first served. */
export interface Turns {
  /** Waits for a turn, works, and passes the turn on, whatever the result. */
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** `atOnce` pieces of work run, and any number wait: each is one statement, so nobody waits long. */
export function createTurns(atOnce: number): Turns {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return {
    async take(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}

/** The turns of this process: its exports share one pool. */
export const exportTurns = createTurns(AT_ONCE);
