import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readCatalogue } from "../../app/pages/reading/read-catalogue";
import { readChapter } from "../../app/pages/reading/read-chapter";
import { readStory } from "../../app/pages/reading/read-story";
import { listEditorStories } from "../../app/pages/story-analytics/list/list-editor-stories";
import type { Runtime } from "../../app/runtime/create-runtime";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createMarks } from "../../app/stores/postgres/marks";
import { createUnsyncedMemory } from "../../app/telemetry/unsynced-memory";
import { readRemembered, writeUnsynced } from "../../app/telemetry/unsynced-reads";
import { reconcileRows } from "../../app/tracker/reconcile";
import type { Step, SyncStep } from "../../app/tracker/sync";
import { createRandom } from "../../prisma/seed/random";
import { refreshUnsynced, rememberUnsynced } from "../../worker/remember-unsynced";
import { runSync } from "../../worker/run-sync";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { readAs } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;
const runtimes: Runtime[] = [];
const scratch = scratchDirectory("outage-counts");
let slug: string;
let authorId: number;

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startOwnRedis()]);
});
beforeEach(async () => {
  await age();
  slug = `tide-${randomUUID()}`;
  authorId = (await createStory(database.pool, slug)).authorId;
});
afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()));
});
afterAll(async () => {
  await redis?.remove();
  await database?.drop();
  scratch.remove();
});

async function startWeb() {
  const runtime = await createTestRuntime({
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    REDIS_URL: redis.url,
    VIEW_REDIS_TIMEOUT_MS: "400",
    VIEW_DATABASE_TIMEOUT_MS: "4000",
  });
  runtimes.push(runtime);
  return runtime;
}

/** Lets a second pass since all that was done: clocks are compared to a few milliseconds, and what is closer is taken for read in a sync. */
const age = () =>
  database.pool.query(
    `WITH runs AS (UPDATE "SyncRun" SET "startedAt" = "startedAt" - interval '1 s', "endedAt" = "endedAt" - interval '1 s')
    UPDATE "UnsyncedReads" SET "seenAt" = "seenAt" - interval '1 s', "syncedAt" = "syncedAt" - interval '1 s'`,
  );

/** The number that each page shows for the story, and for its chapter, in one process. */
async function shownBy(runtime: Runtime) {
  const [story, chapter, catalogue, editor] = await Promise.all([
    readStory(runtime, null, slug),
    readChapter(runtime, null, slug, "1"),
    readCatalogue(runtime, 1),
    listEditorStories({ ...runtime, redisEnabled: true }, authorId, new Date()),
  ]);
  const listed = editor.stories.find((one) => one.slug === slug);
  return {
    chapter: [story?.reads[1], chapter?.reads.chapter],
    story: [
      story?.reads.story,
      catalogue.stories.find((one) => one.slug === slug)?.reads,
      (listed?.counted ?? 0) + (listed?.unsynced ?? 0),
    ],
  };
}

/** The same number on all pages of a process. */
async function countOf(runtime: Runtime) {
  const { story, chapter } = await shownBy(runtime);
  expect(new Set(story).size, `story: ${story}`).toBe(1);
  expect(new Set(chapter).size, `chapter: ${chapter}`).toBe(1);
  return { story: story[0] ?? 0, chapter: chapter[0] ?? 0 };
}

const sync = ({ redisViews }: Runtime, refreshes = true, step?: Step) => {
  if (!redisViews) throw new Error("this process does not count in Redis");
  const { db, pool } = database;
  const refresh = (before: Date) => refreshUnsynced(pool, redisViews, before);
  return runSync(
    {
      db,
      redis: redisViews,
      marks: createMarks(pool),
      step,
      refreshUnsynced: refreshes ? refresh : undefined,
    },
    "test",
  );
};
const reconcile = async (runtime: Runtime) => {
  if (!runtime.redisViews) throw new Error("this process does not count in Redis");
  const done = await reconcileRows(runtime.redisViews, createFallbackRows(database.pool, runtime.window));
  expect(done.errors).toEqual([]);
  return done;
};
const away = (runtime: Runtime) => until("it counts in Postgres", () => runtime.mode().mode === "database");
const back = (...all: Runtime[]) =>
  until("all count in Redis", () => all.every((runtime) => runtime.mode().mode === "redis"));

const faults = [
  { name: "is killed", start: () => redis.stop(), end: () => redis.start() },
  { name: "is frozen", start: () => redis.freeze(), end: () => redis.thaw() },
];

describe("readers' counts while Redis is away", () => {
  for (const fault of faults)
    it(`never fall when it ${fault.name}: on every page, in every process, until all is reconciled and synced`, async () => {
      const [a, b] = [await startWeb(), await startWeb()];
      await back(a, b);
      for (let reader = 0; reader < 7; reader += 1) await readAs(a.countView, slug, `early ${reader}`, 1);
      await sync(a);
      await age();
      for (let reader = 0; reader < 5; reader += 1) await readAs(a.countView, slug, `late ${reader}`, 1);
      // Only process a has shown these; b has shown nothing.
      expect(await countOf(a)).toEqual({ story: 12, chapter: 12 });

      await fault.start();
      expect(await countOf(a), "at once").toEqual({ story: 12, chapter: 12 });
      expect(await countOf(b), "in another process").toEqual({ story: 12, chapter: 12 });
      // In a frozen Redis, the first view finds out; it is counted once, here or there.
      const answer = await readAs(a.countView, slug, "in the outage 1", 1);
      expect(answer).toMatchObject({ counted: true, path: "database", viewCount: 13 });
      await away(a);
      expect(await readAs(b.countView, slug, "in the outage 2", 1)).toMatchObject({ viewCount: 14 });
      expect(await readAs(a.countView, slug, "in the outage 2", 1)).toMatchObject({
        reason: "duplicate",
        viewCount: 14,
      });
      for (const runtime of [a, b]) expect(await countOf(runtime)).toEqual({ story: 14, chapter: 14 });
      // Redis had counted this reader, which nothing knows before it is back: the count is one too high until reconcile retracts it.
      await readAs(a.countView, slug, "late 1", 1);
      const c = await startWeb();
      await away(c);
      for (const runtime of [a, b, c]) expect(await countOf(runtime)).toEqual({ story: 15, chapter: 15 });

      await fault.end();
      await back(a, b, c);
      const recovered = await countOf(a);
      // A frozen Redis may have counted, once it went on, the view that it had been asked for.
      expect([15, 16]).toContain(recovered.story);
      expect((await reconcile(a)).retracted).toBeGreaterThanOrEqual(2);
      for (const runtime of [a, b, c])
        expect(await countOf(runtime), "reconciled").toEqual({ story: 14, chapter: 14 });
      await sync(a);
      for (const runtime of [a, b, c])
        expect(await countOf(runtime), "synced").toEqual({ story: 14, chapter: 14 });
      expect(await database.db.unsyncedReads.count(), "a sync leaves nothing to remember").toBe(0);
    });

  it("are what a worker saw last where no process has shown them, and not more after a sync", async () => {
    const a = await startWeb();
    await back(a);
    for (const reader of [1, 2, 3]) await readAs(a.countView, slug, reader, 1);
    const { story } = await createdTargets();
    if (a.redisViews) await rememberUnsynced(database.pool, a.redisViews);
    await redis.stop();
    const b = await startWeb();
    await away(b);
    expect(await countOf(b)).toEqual({ story: 3, chapter: 3 });
    await redis.start();
    await back(a);
    // A sync that another process can run, while this one still remembers.
    const syncBefore = await readRemembered(database.pool, [story]);
    expect(syncBefore.get(`story:${story.id}`)).toBe(3);
    await runSync(
      {
        db: database.db,
        redis: a.redisViews as NonNullable<Runtime["redisViews"]>,
        marks: createMarks(database.pool),
      },
      "test",
    );
    const after = await readRemembered(database.pool, [story]);
    expect([after.get(`story:${story.id}`), after.remembered?.totals.get(`story:${story.id}`)]).toEqual([
      0, 3,
    ]);
  });

  it("remember what was read while a sync ran by what syncs had moved before it, and no more", async () => {
    const { story } = await createdTargets();
    const write = (unsynced: number, at = Date.now()) =>
      writeUnsynced(database.pool, [{ target: story, unsynced, at }]);
    const remembered = async () =>
      (await readRemembered(database.pool, [story])).get(`story:${story.id}`) ?? 0;
    const moveTo = (count: number) =>
      database.db.story.update({
        where: { id: story.id },
        data: { readCount: count, syncedReads: count },
      });
    await database.db.syncRun.deleteMany();
    await write(5);
    const started = Date.now();
    await database.pool.query(
      `INSERT INTO "SyncRun" (trigger, "startedAt") VALUES ('test', clock_timestamp())`,
    );
    await write(7);
    expect(await remembered(), "nothing is moved yet").toBe(7);
    await moveTo(7);
    await write(9);
    expect(await remembered(), "nine wait in Redis, seven of which are here: there are nine").toBe(2);
    await write(3);
    expect(await remembered(), "Redis has taken note").toBe(2);
    await database.pool.query(`UPDATE "SyncRun" SET "endedAt" = clock_timestamp()`);
    await write(8, started);
    expect(await remembered(), "a reading from the time of the sync, written after it").toBe(2);
    await age();
    await write(3);
    expect(await remembered(), "a reading from after it").toBe(3);
  });

  it("leave out what was read while a sync ran where nothing was remembered before", async () => {
    const { story } = await createdTargets();
    await database.pool.query(
      `INSERT INTO "SyncRun" (trigger, "startedAt") VALUES ('test', clock_timestamp())`,
    );
    await writeUnsynced(database.pool, [{ target: story, unsynced: 9, at: Date.now() }]);
    expect((await readRemembered(database.pool, [story])).size).toBe(0);
    await database.db.syncRun.deleteMany();
  });

  it("are remembered alike whatever the clock of a process says", async () => {
    const { story } = await createdTargets();
    await database.db.syncRun.deleteMany();
    const written = async (unsynced: number, at: number, now: () => number) => {
      await writeUnsynced(database.pool, [{ target: story, unsynced, at }], now);
      return (await readRemembered(database.pool, [story])).get(`story:${story.id}`) ?? 0;
    };
    await written(1, Date.now() - 20_000, Date.now);
    await database.pool.query(
      `INSERT INTO "SyncRun" (trigger, "startedAt", "endedAt") VALUES ('test', now() - interval '9 s', now() - interval '5 s')`,
    );
    await database.db.story.update({ where: { id: story.id }, data: { syncedReads: 1 } });
    const slow = () => Date.now() - 86_400_000;
    const fast = () => Date.now() + 86_400_000;
    for (const [ahead, now] of [slow, fast].entries())
      expect(await written(3 + ahead, now() - 7000, now), "read during the sync").toBe(2 + ahead);
    for (const [ahead, now] of [slow, fast].entries()) {
      expect(await written(8 + ahead, now(), now), "read after it").toBe(8 + ahead);
      expect(await written(50, now() - 7000, now), "read during it, and written late").toBe(8 + ahead);
    }
  });
});

describe("remembered counts, over random histories", () => {
  it("are never less than was shown, nor more than there is", async () => {
    const runtime = await startWeb();
    await back(runtime);
    const { redisViews: views, countView } = runtime;
    if (!views) throw new Error("this process does not count in Redis");
    const { pool } = database;
    const random = createRandom(39);
    for (let round = 0; round < 12; round += 1) {
      slug = `random-${randomUUID()}`;
      const { story } = await createStory(pool, slug);
      // Two processes, each with what it has shown itself.
      const memories = [1, 2].map(() => createUnsyncedMemory(pool, () => []));
      let [reader, total, shown, isAway] = [0, 0, 0, false];
      const show = async (memory: (typeof memories)[number]) => {
        const readUnsynced = async () => {
          if (isAway) return memory.read([story]);
          const askedAt = Date.now();
          const unsynced = await views.readUnsynced([story]);
          if (unsynced) memory.note([story], unsynced, askedAt);
          return unsynced;
        };
        return (await readStory({ ...runtime, readUnsynced }, null, slug))?.reads.story ?? 0;
      };
      /** Views and pages at each step of a sync, at which Redis might go away. */
      function watch(): Step {
        let isSettled = false;
        // Two shards are synced at a time.
        let last = Promise.resolve();
        return (label) => {
          last = last.then(() => look(label));
          return last;
        };
        async function look(label: SyncStep) {
          const memory = await steps.remember();
          isAway = true;
          const remembered = await show(memory);
          isAway = false;
          expect(remembered, label).toBeLessThanOrEqual(total);
          if (!isSettled) expect(remembered, label).toBe(total);
          // It does so as soon as this step is over, and another shard's next step may be looked at before it says so.
          isSettled ||= label === "sync:marks-committed";
        }
      }
      const steps = {
        async view() {
          total += 1;
          reader += 1;
          if (!isAway) await readAs(countView, slug, `random ${reader}`);
          else await pool.query(`UPDATE "Story" SET "readCount" = "readCount" + 1 WHERE slug = $1`, [slug]);
        },
        async show() {
          const now = await show(random.pick(memories));
          expect(now).toBeGreaterThanOrEqual(shown);
          expect(now).toBeLessThanOrEqual(total);
          if (!isAway) expect(now).toBe(total);
          shown = now;
        },
        // Others may sync while a process is cut off from Redis. A sync that was cut short leaves what was remembered.
        async sync() {
          if (!isAway) await steps.remember();
          await age();
          await sync(runtime, random.chance(0.5), isAway ? undefined : watch());
          await age();
        },
        async remember() {
          await steps.view();
          const memory = random.pick(memories);
          await show(memory);
          await memory.write();
          return memory;
        },
        async write() {
          await random.pick(memories).write();
        },
        async goAway() {
          if (!isAway) await Promise.all(memories.map((memory) => memory.write()));
          isAway = true;
        },
        async comeBack() {
          isAway = false;
        },
      };
      const names = ["view", "view", "view", "show", "show", "sync", "write", "goAway", "comeBack"] as const;
      for (let step = 0; step < 40; step += 1) await steps[random.pick(names)]();
      await steps.comeBack();
      await steps.show();
    }
  });
});

async function createdTargets() {
  const { id } = await database.db.story.findUniqueOrThrow({ where: { slug } });
  return { story: { kind: "story" as const, id } };
}
