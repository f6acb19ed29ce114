/** Work that the parts of a process have started and that needs its stores. */
export interface InFlight {
  /** Notes work until it ends, well or not. @returns the same promise. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Resolves once none is left. Work has deadlines of its own, so this adds none. */
  settled(): Promise<void>;
}

/**
 * Keeps the work that outlives its request: a reader who leaves ends the request, but not what was read for it. A process waits
 * for it before it closes its stores, as it would fail otherwise, and be logged as a fault of theirs.
 */
export function createInFlight(): InFlight {
  const open = new Set<Promise<unknown>>();
  return {
    track(work) {
      open.add(work);
      const end = () => void open.delete(work);
      work.then(end, end);
      return work;
    },
    async settled() {
      while (open.size > 0) await Promise.allSettled(open);
    },
  };
}
