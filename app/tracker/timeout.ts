/** The clock and timers of code that waits; tests pass their own. Delays in ms. */
export interface Timer {
  now(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

/**
 * A deadline that has passed may have passed because this process was busy: Node runs timers before it reads sockets, and an
 * answer may be waiting there. Two turns of the event loop read it before the deadline counts.
 */
const afterReading = (run: () => void) => setImmediate(() => setImmediate(run));

const after = (ms: number, run: () => void) => {
  const handle = setTimeout(() => afterReading(run), ms);
  return { handle, cancel: () => clearTimeout(handle) };
};

/** The real clock. Its timers do not keep a process alive. */
export const realTimer: Timer = {
  now: Date.now,
  after(ms, run) {
    const timer = after(ms, run);
    timer.handle.unref();
    return timer;
  },
};

/**
 * Resolves or rejects as the promise does, or rejects after `ms`. The work itself continues, because a promise cannot be
 * cancelled; a late answer is dropped.
 */
export async function withTimeout<T>(
  ms: number,
  promise: Promise<T>,
  // The default keeps the process alive until the answer arrives or the deadline passes.
  timer: Pick<Timer, "after"> = { after },
): Promise<T> {
  let deadline: { cancel(): void } | undefined;
  const late = new Promise<never>((_, reject) => {
    deadline = timer.after(ms, () => reject(new Error(`no answer within ${ms} ms`)));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    deadline?.cancel();
  }
}

/** The same for callers that can do without an answer: resolves to null after `ms`, or when the promise rejects. */
export const withTimeoutOrNull = <T>(ms: number, promise: Promise<T>): Promise<T | null> =>
  withTimeout(ms, promise).catch(() => null);
