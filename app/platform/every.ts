export interface EveryOptions {
  /** Ms until the first run. By default it starts at once. */
  firstAfterMs?: number;
}

/**
 * Runs `work` every `ms`, one run at a time: a run that takes longer than that skips the turns it missed. `work` handles the
 * failures it expects; any other goes to `onError` and does not end the loop. The loop keeps the process alive until the
 * returned function stops it; that resolves once a run in progress has ended.
 */
export function every(
  ms: number,
  work: () => Promise<void>,
  onError: (error: Error) => void,
  { firstAfterMs }: EveryOptions = {},
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function run() {
    const startedAt = performance.now();
    running = work()
      .catch(onError)
      .then(() => {
        const tookMs = performance.now() - startedAt;
        if (!stopped) timer = setTimeout(run, ms - (tookMs % ms));
      });
  }

  if (firstAfterMs === undefined) run();
  else timer = setTimeout(run, firstAfterMs);

  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
