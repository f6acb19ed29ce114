import { describe, expect, it } from "vitest";
import {
  type Blame,
  createOfferViews,
  type OfferedStore,
  StoresAway,
  ViewsUndecided,
} from "../../app/tracker/offer-views";
import type { View } from "../../app/tracker/view";
import { anonymous, viewOf } from "../support/views";

const views = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    viewOf([{ kind: "story", id: 1, storyId: 1 }], anonymous(i), 1_700_000_000_000 + i),
  );

/** A store that refuses the views for which `errorOf` has an error; an error's message says whom it blames. */
function fakeStore(errorOf: (view: View) => Blame | undefined, size = 100) {
  const taken = new Set<View>();
  let calls = 0;
  let open = false;
  const store: OfferedStore = {
    size,
    breaker: { state: () => ({ open, since: 0, reason: "" }) },
    blame: (error) => (error as Error).message as Blame,
    store: {
      async record(offered) {
        calls += 1;
        for (const view of offered) {
          const blame = errorOf(view);
          if (blame) throw new Error(blame);
        }
        for (const view of offered) taken.add(view);
        return offered.map(() => [{ counted: true, count: 1 }]);
      },
    },
  };
  return {
    store,
    taken,
    calls: () => calls,
    setOpen(to: boolean) {
      open = to;
    },
  };
}

const takesAll = () => fakeStore(() => undefined);
const offerTo = (redis: OfferedStore | null, database: OfferedStore, useRedis = true) =>
  createOfferViews({ redis, database, preference: () => ({ redis: useRedis }) });

describe("offering views of the journal", () => {
  it("sends them to Redis, and to Postgres while Redis is away or operators chose Postgres", async () => {
    const [redis, database] = [takesAll(), takesAll()];
    const offered = views(3);
    expect(await offerTo(redis.store, database.store)(offered)).toEqual([]);
    expect([redis.taken.size, database.taken.size]).toEqual([3, 0]);
    await offerTo(redis.store, database.store, false)(offered);
    expect([redis.taken.size, database.taken.size]).toEqual([3, 3]);
    const more = views(4);
    redis.setOpen(true);
    await offerTo(redis.store, database.store)(more);
    expect([redis.taken.size, database.taken.size]).toEqual([3, 7]);
  });

  it("offers no more views per call than a store's batch holds", async () => {
    const sizes: number[] = [];
    const store = takesAll();
    const { record } = store.store.store;
    store.store.store.record = (offered) => {
      sizes.push(offered.length);
      return record(offered);
    };
    await offerTo(null, { ...store.store, size: 128 })(views(300));
    expect(sizes).toEqual([128, 128, 44]);
  });

  it("finds the refused ones among 500 with a few calls, and every other view is in the store", async () => {
    const offered = views(500);
    const bad = new Set([offered[0], offered[250], offered[499]]);
    const database = fakeStore((view) => (bad.has(view) ? "views" : undefined), 500);
    const refused = await offerTo(null, database.store)(offered);
    expect(refused.map(({ index }) => index)).toEqual([0, 250, 499]);
    expect(database.taken.size).toBe(497);
    expect(database.calls()).toBeLessThan(70);
  });

  it("keeps everything while no store answers", async () => {
    const away = fakeStore(() => "away");
    await expect(offerTo(null, away.store)(views(100))).rejects.toThrow(StoresAway);
    expect(away.calls(), "a store that is away is not asked for each half").toBe(1);
    away.setOpen(true);
    await expect(offerTo(null, away.store)(views(1))).rejects.toThrow(StoresAway);
  });

  it("refuses a view for an unclear reason only if the same store takes another one afterwards", async () => {
    const offered = views(10);
    const poison = offered[9];
    const database = fakeStore((view) => (view === poison ? "unclear" : undefined));
    expect(await offerTo(null, database.store)(offered)).toMatchObject([{ index: 9 }]);
    const alone = fakeStore((view) => (view === poison ? "unclear" : undefined));
    await expect(offerTo(null, alone.store)([poison as View])).rejects.toThrow(ViewsUndecided);
  });

  it("keeps everything when a store that took views begins to refuse them all", async () => {
    let broken = false;
    const database = fakeStore(() => (broken ? "unclear" : undefined));
    const offer = offerTo(null, database.store);
    await offer(views(10));
    broken = true;
    await expect(offer(views(10))).rejects.toThrow(ViewsUndecided);
  });

  it("takes no view that was counted long ago for its test", async () => {
    let now = 0;
    const poison = views(1)[0] as View;
    const database = fakeStore((view) => (view === poison ? "unclear" : undefined));
    const offer = createOfferViews({
      redis: null,
      database: database.store,
      preference: () => ({ redis: false }),
      now: () => now,
    });
    await offer(views(1));
    now = 600_001;
    await expect(offer([poison])).rejects.toThrow(ViewsUndecided);
  });

  it("offers what Redis refuses to Postgres, and does not wait for Postgres when Redis takes others", async () => {
    const offered = views(10);
    const poison = offered[4];
    const redis = fakeStore((view) => (view === poison ? "unclear" : undefined));
    const database = takesAll();
    expect(await offerTo(redis.store, database.store)(offered)).toEqual([]);
    expect([...database.taken]).toEqual([poison]);
    const away = fakeStore(() => "away");
    expect(await offerTo(redis.store, away.store)(offered)).toMatchObject([{ index: 4 }]);
  });
});
