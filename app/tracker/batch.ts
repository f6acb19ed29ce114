/**
 * Gathers what arrives together into one call of `run`: everything of one tick while nothing is under way, and everything
 * that arrived meanwhile when `concurrency` calls are (group commit). No view waits for a timer. `run` answers one result
 * an item, in order; if it rejects, every item of that batch rejects.
 */
export function batched<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  limits: { size: number; concurrency: number },
): (item: Item) => Promise<Result> {
  type Waiting = { item: Item; resolve(result: Result): void; reject(error: unknown): void };
  let waiting: Waiting[] = [];
  let running = 0;
  let scheduled = false;

  async function flush() {
    scheduled = false;
    while (waiting.length > 0 && running < limits.concurrency) {
      const batch = waiting.slice(0, limits.size);
      waiting = waiting.slice(limits.size);
      running += 1;
      void run(batch.map((entry) => entry.item))
        .then(
          (results) => {
            for (const [i, entry] of batch.entries()) entry.resolve(results[i] as Result);
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
    if (scheduled || waiting.length === 0 || running >= limits.concurrency) return;
    scheduled = true;
    setImmediate(flush);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
}
