import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
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
    "sync:shard-read",
    "sync:marks-committed",
    "sync:counts-settled",
    "sync:buffer-finished",
    "sync:buffer-closed",
  ];
  it.each(steps)(
    "cut short at %s, it is finished by the next run and counts nothing twice",
    async (where) => {
      const { story } = await newStory();
      await read([story], 4, Date.now() - 3 * HOUR_MS);
      if (where === "sync:buffer-closed") await syncBuffers(views, marks);
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

  it("unlinks the buffer of a past hour one run later, and counts a late view of that hour in a new buffer", async () => {
    const { story } = await newStory();
    const earlier = Date.now() - 3 * HOUR_MS;
    await read([story], 4, earlier);
    await syncBuffers(views, marks);
    expect(await redis.keys("*:hour:*")).toHaveLength(1);
    await syncBuffers(views, marks);
    expect(await redis.keys("*:hour:*")).toEqual([]);
    expect(await redis.keys("*:settled:*")).toEqual([]);
    await read([story], 1, earlier);
    await syncBuffers(views, marks);
    expect([await readCount(story), await historySum(story)]).toEqual([5, 5]);
  });

  it("mends a Postgres that has failed over to a standby without the last seconds", async () => {
    const { story } = await newStory();
    const earlier = Date.now() - 3 * HOUR_MS;
    await read([story], 1, earlier);
    await syncBuffers(views, marks);
    await read([story], 3, earlier);
    const tables = [`"ViewHour"`, `"Story"`, `"SyncedBuffer"`, `"RedisLedger"`];
    for (const table of tables)
      await database.pool.query(`CREATE TABLE standby${tables.indexOf(table)} AS TABLE ${table}`);
    await syncBuffers(views, marks);
    expect(await readCount(story)).toBe(4);
    for (const table of tables.toReversed()) await database.pool.query(`DELETE FROM ${table}`);
    for (const [i, table] of [...tables.entries()].sort(([, a]) => (a === `"Story"` ? -1 : 1)))
      await database.pool.query(`INSERT INTO ${table} SELECT * FROM standby${i}; DROP TABLE standby${i}`);
    expect(await readCount(story)).toBe(1);
    await syncBuffers(views, marks);
    expect([await readCount(story), await historySum(story)]).toEqual([4, 4]);
  });

  it("keeps the buffer of the present hour, so that an hour has one mark per target", async () => {
    const { story } = await newStory();
    for (let run = 0; run < 4; run += 1) {
      await read([story], 1);
      await syncBuffers(views, marks);
      await syncBuffers(views, marks);
    }
    const { rows } = await database.pool.query(
      `SELECT count(DISTINCT hour)::int AS hours, count(*)::int AS marks
      FROM "ViewHour" WHERE kind = 'story' AND "targetId" = $1`,
      [story.id],
    );
    expect(rows[0].marks).toBe(rows[0].hours);
    expect(await readCount(story)).toBe(4);
  });

  it("unlinks no buffer to which views have come since its totals were read", async () => {
    const { story } = await newStory();
    const shard = story.id % 4;
    const earlier = Date.now() - 3 * HOUR_MS;
    await read([story], 2, earlier);
    const {
      buffers: [buffer],
    } = await views.readShard(shard);
    await read([story], 1, earlier);
    expect(await views.close(shard, buffer?.birth ?? "", buffer?.writes ?? 0)).toBe(false);
    await syncBuffers(views, marks);
    expect(await readCount(story)).toBe(3);
  });

  it("settles a count once, however often it is repeated", async () => {
    const { story } = await newStory();
    const shard = story.id % 4;
    await read([story], 5);
    const {
      at,
      buffers: [buffer],
    } = await views.readShard(shard);
    const counts = new Map([[`s${story.id}`, 3]]);
    for (let turn = 0; turn < 3; turn += 1) await views.settle(shard, buffer?.birth ?? "", at, counts);
    expect(await views.unsynced()).toMatchObject({ views: 2 });
    expect((await views.readUnsynced([story]))?.get(`story:${story.id}`)).toBe(2);
  });

  it("settles again what an older copy of Redis has forgotten was settled", async () => {
    const { story } = await newStory();
    await read([story], 2);
    const keys = await redis.keys("*");
    const backup = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
    await syncBuffers(views, marks);
    await redis.flushdb();
    for (const [key, value] of backup) await redis.restore(key, 0, value);
    expect(await views.unsynced()).toMatchObject({ views: 2 });
    await syncBuffers(views, marks);
    expect(await views.unsynced()).toMatchObject({ views: 0 });
    expect(await readCount(story)).toBe(2);
  });

  it("reads a buffer again only when it was written to", async () => {
    const { story } = await newStory();
    await read([story], 4);
    await syncBuffers(views, marks);
    const apply = vi.spyOn(marks, "apply");
    await syncBuffers(views, marks);
    expect(apply).not.toHaveBeenCalled();
    await views.addDetails(new Map([[story.storyId, new Map([[`x:${story.storyId}:robot`, 2]])]]));
    await syncBuffers(views, marks);
    expect(apply).toHaveBeenCalledOnce();
    apply.mockRestore();
  });

  it("moves a buffer of thousands of counters in pieces, each of them once", async () => {
    const { story } = await newStory();
    await read([story], 3);
    for (let call = 0; call < 10; call += 1) {
      const reasons = Array.from(
        { length: 2500 },
        (_, i) => [`x:${story.id}:reason-${call}-${i}`, 2] as const,
      );
      await views.addDetails(new Map([[story.id, new Map(reasons)]]));
    }
    const apply = vi.spyOn(marks, "apply");
    await syncBuffers(views, marks);
    const pieces = apply.mock.calls.map(([, , counts]) => counts.size);
    apply.mockRestore();
    expect(pieces.length).toBeGreaterThan(1);
    expect(Math.max(...pieces)).toBeLessThan(20_000);
    expect(await readCount(story)).toBe(3);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS counters, sum(views)::int AS views FROM "ViewDetailHour"
       WHERE "storyId" = $1 AND dimension = 'excluded'`,
      [story.id],
    );
    expect(rows).toEqual([{ counters: 25_000, views: 50_000 }]);
  });

  it("moves a buffer that another run has begun, though it was new when this one looked", async () => {
    const { story } = await newStory();
    await read([story], 4);
    const other = createRedisViews(redis, planWindow(24, 6));
    const late: Marks = {
      ...marks,
      async apply(...args) {
        await syncBuffers(other, marks);
        await read([story], 2);
        return marks.apply(...args);
      },
    };
    expect(sum(await syncBuffers(views, late))).toBe(0);
    await syncBuffers(views, marks);
    expect([await readCount(story), await historySum(story)]).toEqual([6, 6]);
    expect(await views.unsynced()).toMatchObject({ views: 0 });
  });

  it("keeps a hundred referrers of a story and hour, whether views come one by one or together", async () => {
    const { story } = await newStory();
    const from = (i: number) => ({ ...viewOf([story], anonymous(readers++)), referrer: `host-${i}.example` });
    for (let i = 0; i < 50; i += 1) await views.record([from(i)]);
    await views.record(Array.from({ length: 200 }, (_, i) => from(i % 150)));
    await views.record([from(149), from(0)]);
    await syncBuffers(views, marks);
    const { rows } = await database.pool.query<{ value: string; views: number }>(
      `SELECT value, views::float8 AS views FROM "ViewDetailHour" WHERE "storyId" = $1 AND dimension = 'referrer'`,
      [story.storyId],
    );
    const hosts = rows.filter(({ value }) => value !== "other");
    expect(hosts).toHaveLength(100);
    expect(rows.reduce((sum, row) => sum + row.views, 0)).toBe(252);
    expect(hosts.find(({ value }) => value === "host-0.example")?.views).toBe(4);
  });

  it("moves the other counters when one row is refused, says which, and moves it once it can", async () => {
    const { story, chapters } = await newStory(3);
    await read([story, ...chapters], 2);
    const [, full] = chapters as [PlacedTarget, PlacedTarget];
    await database.pool.query(
      `ALTER TABLE "Chapter" ADD CONSTRAINT full_up CHECK (id <> ${full.id} OR "readCount" = 0)`,
    );
    const failed = (await syncBuffers(views, marks)).flatMap(({ error }) => error ?? []);
    expect(failed).toEqual([expect.stringContaining(`counter c${full.id}: `)]);
    expect(await readCount(story)).toBe(2);
    expect(await Promise.all(chapters.map(readCount))).toEqual([2, 0, 2]);
    expect(await views.unsynced()).toMatchObject({ views: 2 });
    await database.pool.query(`ALTER TABLE "Chapter" DROP CONSTRAINT full_up`);
    expect((await syncBuffers(views, marks)).flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(await Promise.all(chapters.map(readCount))).toEqual([2, 2, 2]);
  });

  it("leaves the counters of a newer version, and their buffer, to that version", async () => {
    const { story } = await newStory();
    const earlier = Date.now() - 3 * HOUR_MS;
    await read([story], 1, earlier);
    const [key = ""] = await redis.keys("*:hour:*");
    await redis.hset(key, "z:1:from-the-future", 7);
    for (let run = 0; run < 3; run += 1) await syncBuffers(views, marks);
    expect(await readCount(story)).toBe(1);
    expect(await redis.hget(key, "z:1:from-the-future")).toBe("7");
  });

  it("adopts the buffers of a version before lives, with what it had not synced", async () => {
    const { story } = await newStory();
    const hour = Math.floor(Date.now() / HOUR_MS) - 2;
    const tag = `{v${story.id % 4}}`;
    const field = `s${story.id}`;
    await redis.sadd(`${tag}:hours`, hour);
    await redis.hset(`${tag}:hour:${hour}`, { "~": "oldbirth", [field]: 5, [`d:${story.id}:mobile`]: 5 });
    await redis.hset(`${tag}:synced:${hour}`, { "~": "oldbirth", [field]: 2 });
    await redis.hset(`${tag}:pending`, field, 3);
    await redis.hset(`${tag}:ledger`, { id: "oldledger", accepted: 5, settled: 2 });
    await database.pool.query(
      `INSERT INTO "ViewHour" VALUES ('story', $1, to_timestamp($2 * 3600), 'r:oldbirth', 2)`,
      [story.id, hour],
    );
    await database.pool.query(`UPDATE "Story" SET "readCount" = 2 WHERE id = $1`, [story.id]);
    await syncBuffers(views, marks);
    expect([await readCount(story), await historySum(story)]).toEqual([5, 5]);
    expect(await views.unsynced()).toMatchObject({ views: 0 });
    await syncBuffers(views, marks);
    expect(await redis.keys("*:hour*")).toEqual([]);
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

  it("counts nothing twice when Redis comes back older than it was", async () => {
    const { story } = await newStory();
    await read([story], 2);
    const keys = await redis.keys("*");
    const backup = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
    await read([story], 3);
    await syncBuffers(views, marks);
    await redis.flushdb();
    for (const [key, value] of backup) await redis.restore(key, 0, value);
    await syncBuffers(views, marks);
    expect(await readCount(story)).toBe(5);
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
      ...marks,
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
