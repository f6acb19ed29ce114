/**
 * Gathers items that arrive together into one call of `run` (group commit): everything from one tick while fewer than
 * `concurrency` calls are running, and otherwise everything that arrives until one of them ends. No item waits for a timer.
 * `run` returns one result per item, in order: an Error rejects that item alone. If it rejects, every item of the batch rejects.
 */
export function batched<Item, Result>(
  run: (items: Item[]) => Promise<(Result | Error)[]>,
  limits: { size: number; concurrency: number },
): (item: Item) => Promise<Result> {
  type Entry = { item: Item; resolve(result: Result): void; reject(error: unknown): void };
  let queue: Entry[] = [];
  let running = 0;
  let scheduled = false;

  function flush() {
    scheduled = false;
    while (queue.length > 0 && running < limits.concurrency) {
      const batch = queue.slice(0, limits.size);
      queue = queue.slice(limits.size);
      running += 1;
      void run(batch.map((entry) => entry.item))
        .then(
          (results) => {
            for (const [i, entry] of batch.entries()) {
              const result = results[i] as Result | Error;
              if (result instanceof Error) entry.reject(result);
              else entry.resolve(result);
            }
          },
          (error) => {
            for (const entry of batch) entry.reject(error);
          },
        )
        .finally(() => {
          running -= 1;
          schedule();
        });
    }
  }

  function schedule() {
    if (scheduled || queue.length === 0 || running >= limits.concurrency) return;
    scheduled = true;
    setImmediate(flush);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      schedule();
    });
}
