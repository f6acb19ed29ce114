import type { Breaker } from "./breaker";
import type { ViewStore } from "./ports";
import type { StorePreference } from "./record";
import { withTimeout } from "./timeout";
import type { View } from "./view";

/**
 * What a store's error says about the views that it was offered: `views` when they are what it objects to, `away` when it did not
 * answer or cannot take any views now, `unclear` when it refused them and the reason may be either.
 */
export type Blame = "views" | "away" | "unclear";

/** A store as a replay uses it. */
export interface OfferedStore {
  store: ViewStore;
  breaker: Pick<Breaker, "state">;
  blame(error: unknown): Blame;
  /** Views per call. */
  size: number;
}

/** A view that every store refused, by its place among the offered ones. */
export interface RefusedView {
  index: number;
  reason: string;
}

/**
 * Offers views with their own times to the stores. @returns the views that no store takes: all others are in a store. Rejects with
 * StoresAway while a store that might take them does not answer, and with ViewsUndecided when it cannot be told whether the views
 * or the stores are at fault.
 */
export type OfferViews = (views: View[]) => Promise<RefusedView[]>;

/** No store answers, so it is unknown whether it takes the views. */
export class StoresAway extends Error {
  override name = "StoresAway";
}

/** The stores refuse the views, and nothing shows that they would take others. */
export class ViewsUndecided extends Error {
  override name = "ViewsUndecided";
}

/** No reader waits for a replay, so its calls may take longer than those of readers, ms. */
const TIMEOUT_MS = 10_000;
/** A view that a store took may be offered to it again for this long, ms: far within the time that stores remember it. */
const CONTROL_VALID_MS = 600_000;

/**
 * Creates the way of replayed views into the stores: Redis, else Postgres, past the breakers' counting of failures, so that a
 * line that cannot be counted does not send readers' views elsewhere. When a call fails, its views are offered again in halves
 * until those that the store refuses stand alone. A refused view is reported only if the store's error names the views as its
 * reason, or if the store takes another view afterwards: one that it has already, which counts nothing.
 */
export function createOfferViews(stores: {
  redis: OfferedStore | null;
  database: OfferedStore;
  preference: () => Pick<StorePreference, "redis">;
  now?: () => number;
}): OfferViews {
  const { redis, database, preference, now = Date.now } = stores;
  /** The last view that each store took, and when. */
  const taken = new Map<OfferedStore, { view: View; at: number }>();

  async function offerTo(store: OfferedStore, views: View[]): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    for (let from = 0; from < views.length; from += store.size)
      refusals.push(...(await divide(store, views.slice(from, from + store.size))));
    const unclear = refusals.some((refusal) => refusal.blame === "unclear");
    const takesOthers = unclear && (await takesControl(store));
    return refusals.map((refusal) =>
      refusal.blame === "unclear" && takesOthers ? { ...refusal, blame: "views" } : refusal,
    );
  }

  async function divide(store: OfferedStore, views: View[]): Promise<Refusal[]> {
    try {
      const results = await withTimeout(TIMEOUT_MS, store.store.record(views));
      const last = views.findLast((_, i) => !(results[i] instanceof Error));
      if (last) taken.set(store, { view: last, at: now() });
      return views.flatMap((view, i) => {
        const error = results[i];
        return error instanceof Error ? [{ view, blame: store.blame(error), reason: error.message }] : [];
      });
    } catch (error) {
      const blame = store.blame(error);
      const reason = (error as Error).message;
      // A store that is away would only be asked in vain, once for each half.
      if (blame === "away" || views.length === 1) return views.map((view) => ({ view, blame, reason }));
      const middle = Math.ceil(views.length / 2);
      return [
        ...(await divide(store, views.slice(0, middle))),
        ...(await divide(store, views.slice(middle))),
      ];
    }
  }

  async function takesControl(store: OfferedStore) {
    const control = taken.get(store);
    if (!control || now() - control.at > CONTROL_VALID_MS) return false;
    return withTimeout(TIMEOUT_MS, store.store.record([control.view])).then(
      ([result]) => !(result instanceof Error),
      // The views stay where they are, and the error of the next round is reported.
      () => false,
    );
  }

  return async (views) => {
    const usable = [redis && preference().redis ? redis : null, database].filter(
      (store): store is OfferedStore => store !== null && !store.breaker.state().open,
    );
    let left: Refusal[] = views.map((view) => ({ view, blame: "away", reason: "no store can be reached" }));
    /** Views that a store refused for their own sake: they are not kept waiting for the other store. */
    const blamed = new Set<View>();
    for (const store of usable) {
      if (left.length === 0) break;
      const remaining = left.map(({ view }) => view);
      left = await offerTo(store, remaining);
      for (const { view, blame } of left) if (blame === "views") blamed.add(view);
    }
    const open = left.filter(({ view }) => !blamed.has(view));
    const away = open.find(({ blame }) => blame === "away");
    if (away) throw new StoresAway(away.reason);
    if (open[0]) throw new ViewsUndecided(open[0].reason);
    const reasons = new Map(left.map(({ view, reason }) => [view, reason]));
    return views.flatMap((view, index) => {
      const reason = reasons.get(view);
      return reason === undefined ? [] : [{ index, reason }];
    });
  };
}

interface Refusal {
  view: View;
  blame: Blame;
  reason: string;
}
