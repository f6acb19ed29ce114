import { isAboutRows } from "./sql-errors";

/** How much may be spent on finding the culprits of one batch. */
export interface Budget {
  tries: number;
  /** `performance.now()` after which nothing more is tried. */
  until: number;
}

/**
 * Runs a batch. When it fails because of some of its items, it is split in halves until the culprits stand alone: only they get
 * an Error for a result. What is left when the budget is spent gets the error as well. Rejects when the failure is not about
 * items but about the server or the connection.
 */
export async function inHalves<Item, Result>(
  items: Item[],
  run: (items: Item[]) => Promise<Result[]>,
  budget: Budget,
): Promise<(Result | Error)[]> {
  if (items.length === 0) return [];
  budget.tries -= 1;
  try {
    return await run(items);
  } catch (error) {
    if (!isAboutRows(error)) throw error;
    const spent = budget.tries <= 0 || performance.now() > budget.until;
    if (items.length === 1 || spent) return items.map(() => error as Error);
    const middle = Math.ceil(items.length / 2);
    const first = await inHalves(items.slice(0, middle), run, budget);
    return [...first, ...(await inHalves(items.slice(middle), run, budget))];
  }
}
