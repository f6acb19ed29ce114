/**
 * Runs `work` now and then again `ms` after it ended, one at a time. `work` handles its own failures; one that escapes is
 * given to `onError` and does not end the loop. The returned function stops it and waits for a run under way.
 */
export function every(
  ms: number,
  work: () => Promise<void>,
  onError: (error: Error) => void,
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const turn = () => {
    running = work()
      .catch(onError)
      .then(() => {
        if (!stopped) timer = setTimeout(turn, ms);
      });
  };
  turn();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
