import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews, type RedisViews } from "../../app/stores/redis/redis-views";
import type { Marks } from "../../app/tracker/ports";
import { type SyncStep, syncBuffers } from "../../app/tracker/sync";
import type { PlacedTarget } from "../../app/tracker/view";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { runSync } from "../../worker/run-sync";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, viewOf } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let views: RedisViews;
let marks: Marks;
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ redis } = await connectTestRedis(2));
  marks = createMarks(database.pool);
});
beforeEach(async () => {
  await redis.flushdb();
  await database.pool.query(`DELETE FROM "ViewHour"; DELETE FROM "Story"`);
  views = createRedisViews(redis, planWindow(24, 6));
});
afterAll(async () => {
  redis.disconnect();
  await database.drop();
});

const newStory = (chapters = 1) => createStory(database.pool, `sync-${serial++}`, chapters);
let readers = 0;
async function read(targets: [PlacedTarget, ...PlacedTarget[]], times = 1, at?: number) {
  const newcomers = Array.from({ length: times }, () => viewOf(targets, anonymous(readers++), at));
  await views.record(newcomers);
}
async function readCount(target: PlacedTarget) {
  const table = target.kind === "story" ? `"Story"` : `"Chapter"`;
  const { rows } = await database.pool.query(`SELECT "readCount" FROM ${table} WHERE id = $1`, [target.id]);
  return rows[0]?.readCount as number | undefined;
}
async function historySum(target: PlacedTarget) {
  const { rows } = await database.pool.query(
    `SELECT COALESCE(sum(views), 0)::int AS sum FROM "ViewHour" WHERE kind = $1 AND "targetId" = $2`,
    [target.kind, target.id],
  );
  return rows[0].sum as number;
}
const sum = (reports: { views: number }[]) => reports.reduce((total, report) => total + report.views, 0);

describe("the sync", () => {
  it("moves unsynced views to readCount and the hourly history, and moves nothing twice", async () => {
    const { story, chapters } = await newStory();
    const [chapter] = chapters as [PlacedTarget];
    await read([chapter, story], 7);
    expect(await views.unsynced()).toMatchObject({ views: 14 });
    expect(sum(await syncBuffers(views, marks))).toBe(14);
    expect([await readCount(story), await readCount(chapter)]).toEqual([7, 7]);
    expect([await historySum(story), await historySum(chapter)]).toEqual([7, 7]);
    expect(await views.unsynced()).toEqual({ views: 0, oldestAt: null });
    expect((await views.readUnsynced([story]))?.get(`story:${story.id}`)).toBe(0);
    expect(sum(await syncBuffers(views, marks))).toBe(0);
    expect(await readCount(story)).toBe(7);
  });

  it("adds up over several syncs in the same hour", async () => {
    const { story } = await newStory();
    for (const times of [3, 1, 5]) {
      await read([story], times);
      await syncBuffers(views, marks);
    }
    expect([await readCount(story), await historySum(story)]).toEqual([9, 9]);
  });

  const steps: SyncStep[] = [
    "sync:snapshot-taken",
    "sync:marks-committed",
    "sync:buffer-settled",
    "sync:buffer-closed",
  ];
  it.each(steps)(
    "cut short at %s, it is finished by the next run and counts nothing twice",
    async (where) => {
      const { story } = await newStory();
      await read([story], 4);
      const cut = await syncBuffers(views, marks, (label) => {
        if (label === where) throw new Error("cut short");
      });
      expect(cut.some((report) => report.error === "cut short")).toBe(true);
      await read([story], 2);
      await syncBuffers(views, marks);
      expect([await readCount(story), await historySum(story)]).toEqual([6, 6]);
      expect(await views.unsynced()).toMatchObject({ views: 0 });
    },
  );

  it("is harmless when twenty run at once while views arrive", async () => {
    const { story, chapters } = await newStory();
    const [chapter] = chapters as [PlacedTarget];
    const reading = (async () => {
      for (let round = 0; round < 20; round += 1) await read([chapter, story], 5);
    })();
    const runs = await Promise.all(Array.from({ length: 20 }, () => syncBuffers(views, marks)));
    expect(runs.flat().filter((report) => report.error)).toEqual([]);
    await reading;
    await syncBuffers(views, marks);
    expect([await readCount(story), await readCount(chapter)]).toEqual([100, 100]);
    expect(await historySum(story)).toBe(100);
  });

  it("unlinks the buffer of a past hour, and counts a late view of that hour in a new buffer", async () => {
    const { story } = await newStory();
    const earlier = Date.now() - 3 * HOUR_MS;
    await read([story], 4, earlier);
    await syncBuffers(views, marks);
    expect(await redis.keys("*:hour:*")).toEqual([]);
    await read([story], 1, earlier);
    await syncBuffers(views, marks);
    expect([await readCount(story), await historySum(story)]).toEqual([5, 5]);
  });

  it("does not swallow new views after Redis has lost everything", async () => {
    const { story } = await newStory();
    await read([story], 4);
    await syncBuffers(views, marks);
    await redis.flushdb();
    await read([story], 3);
    await syncBuffers(views, marks);
    expect(await readCount(story)).toBe(7);
  });

  it("counts nothing twice when Redis comes back older than it was, and reports it", async () => {
    const { story } = await newStory();
    await read([story], 2);
    const keys = await redis.keys("*");
    const backup = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
    await read([story], 3);
    await syncBuffers(views, marks);
    await redis.flushdb();
    for (const [key, value] of backup) await redis.restore(key, 0, value);
    const reports = await syncBuffers(views, marks);
    expect(await readCount(story)).toBe(5);
    expect(reports.reduce((total, report) => total + report.behind, 0)).toBe(3);
  });

  it("keeps views of a story that was deleted meanwhile in the history, and reports them once", async () => {
    const { story } = await newStory();
    await read([story], 3);
    await database.pool.query(`DELETE FROM "Story" WHERE id = $1`, [story.id]);
    const [first, second] = [await syncBuffers(views, marks), await syncBuffers(views, marks)];
    expect(first.reduce((total, report) => total + report.orphans, 0)).toBe(1);
    expect(second.reduce((total, report) => total + report.orphans, 0)).toBe(0);
    expect(await historySum(story)).toBe(3);
  });

  it("writes a SyncRun row with the views moved, and one with the reason when a shard failed", async () => {
    const { story } = await newStory();
    await read([story], 3);
    await runSync({ db: database.db, redis: views, marks }, "test");
    const broken: Marks = {
      apply: () => Promise.reject(new Error("the disk is full")),
    };
    await read([story], 1);
    await expect(runSync({ db: database.db, redis: views, marks: broken }, "test")).rejects.toThrow(
      "the disk is full",
    );
    const runs = await database.db.syncRun.findMany({ orderBy: { id: "asc" } });
    expect(runs).toMatchObject([
      { trigger: "test", views: 3, targets: 1, error: null, endedAt: expect.any(Date) },
      { views: 0, error: expect.stringContaining("the disk is full"), endedAt: expect.any(Date) },
    ]);
    await runSync({ db: database.db, redis: views, marks }, "retry");
    expect(await readCount(story)).toBe(4);
  });
});
