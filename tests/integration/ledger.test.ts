import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withNumbers } from "../../app/platform/row-numbers";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews, type RedisViews } from "../../app/stores/redis/redis-views";
import { readLedger, recordLedger } from "../../app/telemetry/ledger";
import { type LedgerWatch, watchLedgers } from "../../app/telemetry/ledger-watch";
import { reconcileRows } from "../../app/tracker/reconcile";
import { syncBuffers } from "../../app/tracker/sync";
import type { PlacedTarget } from "../../app/tracker/view";
import { planWindow } from "../../app/tracker/window";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, viewOf } from "../support/views";

const window = planWindow(24, 6);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let views: RedisViews;
let watch: LedgerWatch;
let story: PlacedTarget;
let readers = 0;

beforeAll(async () => {
  ({ redis } = await connectTestRedis(4));
});
beforeEach(async () => {
  await redis.flushdb();
  database = await createTestDatabase();
  views = createRedisViews(redis, window, (...answer) => watch.noteAnswer(...answer));
  watch = watchLedgers(database.pool, views.renameLedger, (error) => {
    throw error;
  });
  ({ story } = await createStory(database.pool, "ledger"));
  return () => database.drop();
});
afterAll(() => redis.disconnect());

async function read(times: number, store: Pick<RedisViews, "record"> = views) {
  const first = readers;
  readers += times;
  await store.record(Array.from({ length: times }, (_, i) => viewOf([story], anonymous(first + i))));
}
async function sync() {
  await watch.flush();
  await syncBuffers(views, createMarks(database.pool));
  return recordLedger(database.pool, views);
}
const backUp = async () => {
  const keys = await redis.keys("*");
  const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  return async () => {
    await redis.flushdb();
    for (const [i, key] of keys.entries()) await redis.restore(key, 0, values[i] as Buffer);
  };
};
const losses = async () => withNumbers(await database.db.knownLoss.findMany({ orderBy: { id: "asc" } }));

describe("the ledger", () => {
  it("adds up over both stores when nothing is wrong", async () => {
    await read(5);
    await read(3, createDatabaseViews(database.pool, window));
    expect(await recordLedger(database.pool, views)).toMatchObject({
      accepted: 8,
      buffered: 5,
      fallback: 3,
      drift: 0,
    });
    expect(await sync()).toMatchObject({
      accepted: 8,
      synced: 5,
      buffered: 0,
      fallback: 3,
      drift: 0,
      knownLost: 0,
    });
    expect(await database.db.ledgerEntry.count()).toBe(2);
  });

  it("shows retractions, and still adds up", async () => {
    const reader = anonymous(readers++);
    await views.record([viewOf([story], reader)]);
    await createDatabaseViews(database.pool, window).record([viewOf([story], reader)]);
    await reconcileRows(views, createFallbackRows(database.pool, window));
    expect(await sync()).toMatchObject({ accepted: 1, synced: 1, fallback: 1, retracted: 1, drift: 0 });
  });

  it("shows a deleted buffer as drift", async () => {
    await read(4);
    await sync();
    await read(6);
    await redis.del(await redis.keys("*:hour:*"));
    expect(await sync()).toMatchObject({ drift: 6, knownLost: 0 });
  });

  it("shows an edited hour of the history as drift, in either direction", async () => {
    await read(4);
    await sync();
    for (const by of [3, -3]) {
      await database.pool.query(`UPDATE "ViewHour" SET views = views + $1`, [by]);
      const entry = await sync();
      expect(entry?.drift, `edited by ${by}`).toBeGreaterThanOrEqual(3);
      await database.pool.query(`UPDATE "ViewHour" SET views = 4; UPDATE "Story" SET "readCount" = 4`);
      expect((await sync())?.drift).toBe(0);
    }
  });

  it("shows an edited read count as drift", async () => {
    await read(4);
    await sync();
    await database.pool.query(`UPDATE "Story" SET "readCount" = "readCount" + 2`);
    expect(await sync()).toMatchObject({ drift: 2 });
  });

  it("records how much Redis lost and since when after it lost everything, without drift", async () => {
    await read(4);
    const before = await sync();
    await read(6);
    await watch.flush();
    await redis.flushdb();
    await read(2);
    expect(await sync()).toMatchObject({ accepted: 12, synced: 6, knownLost: 6, drift: 0 });
    const [loss, ...others] = await losses();
    expect(loss).toMatchObject({ views: 6, cause: "Redis lost its data" });
    expect(loss?.fromAt?.getTime()).toBeGreaterThanOrEqual(before?.at.getTime() ?? Number.POSITIVE_INFINITY);
    expect(others).toEqual([]);
    await read(1);
    expect(await sync()).toMatchObject({ synced: 7, knownLost: 6, drift: 0 });
  });

  it("counts nothing twice when an older copy of Redis comes back after a sync, and records the views it swallowed", async () => {
    await read(4);
    const restore = await backUp();
    await read(6);
    expect(await sync()).toMatchObject({ accepted: 10, synced: 10 });
    await restore();
    await read(3);
    const entry = await sync();
    expect(entry).toMatchObject({ accepted: 13, synced: 10, knownLost: 3, drift: 0 });
    expect(await losses()).toMatchObject([{ views: 3, cause: "Redis came back older than it was" }]);
    await read(2);
    expect(await sync()).toMatchObject({ accepted: 15, synced: 10, knownLost: 5, drift: 0 });
    await read(5);
    expect(await sync()).toMatchObject({ accepted: 20, synced: 14, knownLost: 6, drift: 0 });
  });

  it("notices an older copy of Redis even if no view is counted before the sync", async () => {
    await read(4);
    const restore = await backUp();
    await read(6);
    await sync();
    await restore();
    expect(await recordLedger(database.pool, views)).toMatchObject({
      accepted: 10,
      synced: 10,
      knownLost: 0,
      drift: 0,
    });
    expect(await losses()).toMatchObject([
      { views: 0, behind: 6, cause: "Redis came back older than it was" },
    ]);
    await read(2);
    expect(await sync()).toMatchObject({ accepted: 12, synced: 10, knownLost: 2, drift: 0 });
  });

  it("shows a loss as known before the next sync records it", async () => {
    await read(5);
    await sync();
    await read(3);
    await watch.flush();
    await redis.flushdb();
    expect(await readLedger(database.pool, views)).toMatchObject({
      accepted: 8,
      synced: 5,
      knownLost: 3,
      drift: 0,
    });
    expect(await losses()).toEqual([]);
  });

  it("records unsynced views that an older copy of Redis never had", async () => {
    await read(4);
    const restore = await backUp();
    await read(6);
    await watch.flush();
    await restore();
    await read(1);
    expect(await sync()).toMatchObject({ accepted: 11, synced: 5, knownLost: 6, drift: 0 });
  });
});
