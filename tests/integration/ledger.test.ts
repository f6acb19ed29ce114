import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withNumbers } from "../../app/platform/row-numbers";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews, type RedisViews } from "../../app/stores/redis/redis-views";
import { checkHistory } from "../../app/telemetry/ledger/check-history";
import { pruneLedger } from "../../app/telemetry/ledger/prune-ledger";
import { readLedger } from "../../app/telemetry/ledger/read-ledger";
import { recordLedger } from "../../app/telemetry/ledger/record-ledger";
import { type LedgerWatch, watchLedgers } from "../../app/telemetry/ledger/watch-ledgers";
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
  views = createRedisViews(redis, window, { onLedger: (answer) => watch.noteAnswer(answer) });
  watch = watchLedgers(database.pool, views.renewLedger, (error) => {
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
  return recordLedger(database.pool, views, window);
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
  it("takes views that are counted while it is read for neither lost nor replaced", async () => {
    await read(5);
    await sync();
    const [before] = await database.db.redisLedger.findMany({ where: { accepted: { gt: 0 } } });
    // A web process counts, and writes what it saw, between Redis's answer and the second reading of Postgres.
    const meanwhile = {
      ...views,
      async readShard(shard: number) {
        const reading = await views.readShard(shard);
        if (shard === before?.shard) {
          await read(3);
          await watch.flush();
        }
        return reading;
      },
    };
    expect(await recordLedger(database.pool, meanwhile, window)).toMatchObject({ drift: 0, knownLost: 0 });
    expect(await losses()).toEqual([]);
    expect((await views.readShard(before?.shard ?? 0)).ledger, "the same life goes on").toBe(before?.ledger);
    expect(await sync()).toMatchObject({ accepted: 8, drift: 0 });
  });

  it("adds up over both stores when nothing is wrong", async () => {
    await read(5);
    await read(3, createDatabaseViews(database.pool, window));
    expect(await recordLedger(database.pool, views, window)).toMatchObject({
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

  it("does not let an error of one shard hide that of another", async () => {
    const { story: other } = await createStory(database.pool, "other");
    await read(5);
    await views.record(Array.from({ length: 5 }, () => viewOf([other], anonymous(readers++))));
    expect(other.id % 4).not.toBe(story.id % 4);
    expect((await sync())?.drift).toBe(0);
    for (const [target, by] of [
      [story, 5],
      [other, -5],
    ] as const)
      await database.pool.query(`UPDATE "RedisLedger" SET synced = synced + $1 WHERE shard = $2`, [
        by,
        target.id % 4,
      ]);
    expect(await sync()).toMatchObject({
      drift: 10,
      parts: { [`redis-${story.id % 4}`]: -5, [`redis-${other.id % 4}`]: 5 },
    });
  });

  it("still adds up after a reader's rows are erased, and after a story is deleted with its history", async () => {
    const database1 = createDatabaseViews(database.pool, window);
    await read(5);
    await read(3, database1);
    const { story: doomed } = await createStory(database.pool, "doomed");
    await views.record([viewOf([doomed], anonymous(readers++))]);
    await sync();
    await database.pool.query(`DELETE FROM "StoryView" WHERE id = (SELECT min(id) FROM "StoryView")`);
    await database.pool.query(`DELETE FROM "ViewHour" WHERE "targetId" = $1`, [doomed.id]);
    await database.pool.query(`DELETE FROM "Story" WHERE id = $1`, [doomed.id]);
    expect(await sync()).toMatchObject({ accepted: 9, synced: 6, fallback: 3, drift: 0 });
  });

  it("shows rows that the fallback counted and did not add to the history", async () => {
    await read(3, createDatabaseViews(database.pool, window));
    await database.pool.query(`UPDATE "FallbackCount" SET moved = moved - 1`);
    expect(await sync()).toMatchObject({ drift: 1, parts: { fallback: 1 } });
  });

  it("shows acknowledged lines of a journal whose machine is gone", async () => {
    const seen = async (ago: string) =>
      database.pool.query(
        `INSERT INTO "JournalFile" (file, process, appended, replayed, rejected, torn, "updatedAt")
         VALUES ('a', 'web-1', 10, 4, 1, 1, now() - $1::interval)
         ON CONFLICT (file) DO UPDATE SET "updatedAt" = EXCLUDED."updatedAt"`,
        [ago],
      );
    await seen("5 seconds");
    expect(await sync()).toMatchObject({ accepted: 4, journalled: 4, drift: 0 });
    await seen("5 minutes");
    expect(await sync()).toMatchObject({ accepted: 4, journalled: 0, drift: 4, parts: { journal: 4 } });
    await database.db.driftExplanation.create({
      data: { part: "journal", views: 4, reason: "the machine burnt down", explainedBy: "ola@example.test" },
    });
    expect(await sync()).toMatchObject({ drift: 0, parts: { journal: 0 } });
  });

  it("finds a wrong total among thousands of targets, a little at a time", async () => {
    await database.pool.query(
      `INSERT INTO "Story" (slug, title, blurb, "authorId") SELECT 'many-' || n, 'Many', '', (SELECT min(id) FROM "User")
       FROM generate_series(1, 300) n`,
    );
    await database.pool.query(`UPDATE "Story" SET "readCount" = 7 WHERE slug = 'many-250'`);
    const found = async () => Number((await database.db.historyCheck.findFirstOrThrow()).mismatched);
    let calls = 0;
    while ((await found()) === 0 && calls < 100) {
      await checkHistory(database.pool, 0);
      calls += 1;
    }
    expect(calls).toBeGreaterThan(3);
    expect((await readLedger(database.pool, views))?.drift).toBe(7);
    await database.pool.query(`UPDATE "Story" SET "readCount" = 0`);
    for (let round = 0; round < 2; round += 1) await checkHistory(database.pool, 10_000);
    expect((await readLedger(database.pool, views))?.drift).toBe(0);
  });

  it("keeps the sums of lives that ended long ago in one row per shard", async () => {
    const shard = story.id % 4;
    for (const ended of [45, 40, 35, 3]) {
      await database.pool.query(
        `INSERT INTO "RedisLedger" (shard, ledger, accepted, synced, lost, survived, "endedAt")
         VALUES ($1, $2, 10, 8, 2, 0, now() - make_interval(days => $3))`,
        [shard, `life-${ended}`, ended],
      );
      await database.pool.query(
        `INSERT INTO "SyncedBuffer" VALUES ($1, $2, 'x', now(), 5, 5, now() - make_interval(days => $3))`,
        [`buffer-${ended}`, shard, ended * 3],
      );
    }
    const before = await readLedger(database.pool, views);
    expect(before).toMatchObject({ accepted: 40, synced: 32, knownLost: 8, drift: 0 });
    expect(await pruneLedger(database.pool)).toBe(6);
    expect(await pruneLedger(database.pool)).toBe(0);
    expect({ ...(await readLedger(database.pool, views)), at: null }).toEqual({ ...before, at: null });
    const kept = await database.db.redisLedger.findMany({ orderBy: { ledger: "asc" } });
    expect(kept).toMatchObject([
      { ledger: "earlier", accepted: 30n, synced: 24n, lost: 6n },
      { ledger: "life-3", accepted: 10n },
    ]);
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
    expect(loss).toMatchObject({ views: 6, mayRepeat: 6, cause: "Redis lost its data" });
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
    expect(await losses()).toMatchObject([
      { views: 3, mayRepeat: 3, cause: "Redis came back older than it was" },
    ]);
    await read(2);
    expect(await sync()).toMatchObject({ accepted: 15, synced: 12, knownLost: 3, drift: 0 });
    await read(5);
    expect(await sync()).toMatchObject({ accepted: 20, synced: 17, knownLost: 3, drift: 0 });
  });

  it("notices an older copy of Redis even if no view is counted before the sync", async () => {
    await read(4);
    const restore = await backUp();
    await read(6);
    await sync();
    await restore();
    expect(await recordLedger(database.pool, views, window)).toMatchObject({
      accepted: 10,
      synced: 10,
      knownLost: 0,
      drift: 0,
    });
    expect(await losses()).toMatchObject([
      { views: 0, mayRepeat: 6, cause: "Redis came back older than it was" },
    ]);
    await read(2);
    expect(await sync()).toMatchObject({ accepted: 12, synced: 12, knownLost: 0, drift: 0 });
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
