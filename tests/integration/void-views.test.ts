import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Action } from "../../app/console/action";
import { performAction } from "../../app/console/dispatch-action";
import { readLedgerPanel } from "../../app/pages/overview/panels/ledger";
import { readViewHours } from "../../app/pages/story-analytics/read-view-hours";
import { readStoryDetails } from "../../app/pages/story-analytics/sources/read-story-details";
import { SYNC_ACTIONS } from "../../app/pages/sync/actions/sync-actions";
import { planVoid } from "../../app/pages/sync/actions/void-views";
import { listVoidedViews } from "../../app/pages/sync/list-voided-views";
import type { Runtime } from "../../app/runtime/create-runtime";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createMarks } from "../../app/stores/postgres/marks";
import { rollUpViews } from "../../app/telemetry/roll-up/views";
import { syncBuffers } from "../../app/tracker/sync";
import type { PlacedTarget } from "../../app/tracker/view";
import { DAY_MS, HOUR_MS } from "../../app/tracker/window";
import { quiesce } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Redis;
let runtime: Runtime;
const scratch = scratchDirectory("void-views");
let serial = 0;
let readers = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const shared = await connectTestRedis(9);
  ({ redis } = shared);
  runtime = await createTestRuntime({
    DATABASE_URL: database.url,
    REDIS_URL: shared.url,
    JOURNAL_DIR: scratch.dir,
    VIEW_REDIS_TIMEOUT_MS: "1000",
    // The test reconciles by itself.
    VIEW_RECONCILE_INTERVAL_SECONDS: "3600",
  });
  await until("Redis answers", () => runtime.redisAnswers());
});
beforeEach(() => redis.flushdb());
afterAll(async () => {
  await runtime?.close();
  redis?.disconnect();
  await database?.drop();
  scratch.remove();
});

/** An hour that is over, four days ago, so that its day has been added up. */
const HOUR = Math.floor(Date.now() / DAY_MS - 4) * DAY_MS + 14 * HOUR_MS;
const field = (at: number) => new Date(at).toISOString().slice(0, 16);
const OLA = { id: 1, name: "Ola", email: "ola@example.test" };
const submit = (intent: string, fields: Record<string, string>, now = new Date()) =>
  performAction(
    SYNC_ACTIONS[intent] as Action,
    { intent, reason: "made up by one person", ...fields },
    { runtime, log: runtime.log, user: OLA, now },
  );
const span = (slug: string, from: number, to: number) => ({ story: slug, from: field(from), to: field(to) });
const plan = (slug: string, from: number, to: number) =>
  planVoid(runtime, { story: slug, from: new Date(from), to: new Date(to) }, new Date());
const views = () => runtime.redisViews as NonNullable<Runtime["redisViews"]>;
const sync = () => syncBuffers(views(), createMarks(database.pool));

async function newStory() {
  const slug = `voided-${serial++}`;
  return { slug, ...(await createStory(database.pool, slug, 2)) };
}
type Story = Awaited<ReturnType<typeof newStory>>;

/** So many views of a chapter and its story, by as many readers. */
const viewsOf = ({ chapters, story }: Story, count: number, at: number, chapter = 0) =>
  Array.from({ length: count }, () =>
    viewOf([chapters[chapter] as PlacedTarget, story], anonymous(`void-${readers++}`), at),
  );
const readInRedis = (story: Story, count: number, at: number, chapter = 0) =>
  recordAll(views(), viewsOf(story, count, at, chapter));

/** Totals of the story and its chapters, which must equal their history. */
async function totals({ story, chapters }: Story) {
  const { rows } = await database.pool.query<{ readCount: number; history: number }>(
    `SELECT t."readCount"::int AS "readCount", (SELECT COALESCE(sum(views), 0)::int FROM "ViewHour" h
       WHERE h.kind = t.kind AND h."targetId" = t.id) AS history
     FROM (SELECT 'story' AS kind, id, "readCount", 0 AS place FROM "Story" WHERE id = $1
       UNION ALL SELECT 'chapter', id, "readCount", number FROM "Chapter" WHERE id = ANY($2)) t ORDER BY t.place`,
    [story.id, chapters.map(({ id }) => id)],
  );
  for (const { readCount, history } of rows) expect(history).toBe(readCount);
  return rows.map(({ readCount }) => readCount);
}

describe("voiding views", () => {
  it("takes a story's views of some hours out of counts, history, details and charts, and no others", async () => {
    const story = await newStory();
    const other = await newStory();
    await readInRedis(story, 3, HOUR - HOUR_MS);
    await readInRedis(story, 50, HOUR + 10);
    await readInRedis(story, 20, HOUR + HOUR_MS, 1);
    await readInRedis(story, 2, HOUR + 2 * HOUR_MS);
    await readInRedis(other, 4, HOUR);
    await sync();
    await rollUpViews(database.pool);
    expect(await totals(story)).toEqual([75, 55, 20]);

    const planned = await plan(story.slug, HOUR, HOUR + 2 * HOUR_MS);
    expect(planned).toMatchObject({ views: 140, obstacle: null });
    expect(planned?.rows.map(({ kind, views, readCount }) => [kind, views, readCount])).toEqual([
      ["story", 70, 75],
      ["chapter", 50, 55],
      ["chapter", 20, 20],
    ]);
    expect(await totals(story), "a plan changes nothing").toEqual([75, 55, 20]);

    const result = await submit("void", { ...span(story.slug, HOUR, HOUR + 2 * HOUR_MS), views: "140" });
    expect(result).toMatchObject({ ok: true, text: expect.stringContaining("Voided 70 views") });
    expect(await totals(story)).toEqual([5, 5, 0]);
    expect(await totals(other)).toEqual([4, 4, 0]);

    await rollUpViews(database.pool);
    const range = { from: HOUR - 30 * DAY_MS, to: HOUR + DAY_MS };
    for (const stepSeconds of [3600, 86_400]) {
      const chart = await readViewHours(database.db, "story", [story.story.id], { ...range, stepSeconds });
      expect(
        chart.reduce((sum, bucket) => sum + bucket.views, 0),
        `steps of ${stepSeconds} s`,
      ).toBe(5);
      expect(Math.min(...chart.map((bucket) => bucket.views))).toBeGreaterThanOrEqual(0);
    }
    const details = await readStoryDetails(database.db, story.story.id, range);
    expect(details.device.reduce((sum, row) => sum + row.views, 0)).toBe(5);
    expect(await database.db.auditEvent.findFirst({ orderBy: { id: "desc" } })).toMatchObject({
      action: "story.void",
      target: `story ${story.slug}`,
      reason: "made up by one person",
      after: { storyViews: 70, chapterViews: 70 },
    });
  });

  it("is final for the sync: what is read later counts, and nothing voided comes back", async () => {
    const story = await newStory();
    await readInRedis(story, 10, HOUR);
    await sync();
    await submit("void", { ...span(story.slug, HOUR, HOUR + HOUR_MS), views: "20" });
    await sync();
    await sync();
    expect(await totals(story)).toEqual([0, 0, 0]);
    // The buffer of that hour goes on, as after a journal that is replayed late.
    await readInRedis(story, 3, HOUR + 1);
    await sync();
    expect(await totals(story)).toEqual([3, 3, 0]);
    const { ledger } = await readLedgerPanel(database.db, runtime.readLedger);
    expect(ledger?.drift).toBe(0);
  });

  it("can be undone, once", async () => {
    const story = await newStory();
    await readInRedis(story, 10, HOUR);
    await sync();
    await submit("void", { ...span(story.slug, HOUR, HOUR + HOUR_MS), views: "20" });
    await readInRedis(story, 1, HOUR + 1);
    await sync();
    const [{ id } = { id: 0 }] = await listVoidedViews(database.db);
    const undo = () => submit("unvoid", { id: String(id), reason: "they were real" });
    const both = await Promise.all([undo(), undo()]);
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await totals(story)).toEqual([11, 11, 0]);
    await sync();
    expect(await totals(story)).toEqual([11, 11, 0]);
    expect((await undo()).text).toMatch(/already been put back/);
    const range = { from: HOUR - DAY_MS, to: HOUR + DAY_MS };
    const details = await readStoryDetails(database.db, story.story.id, range);
    expect(details.device.reduce((sum, row) => sum + row.views, 0)).toBe(11);
  });

  it("voids what is left when it is done again", async () => {
    const story = await newStory();
    await readInRedis(story, 10, HOUR);
    await sync();
    const fields = span(story.slug, HOUR, HOUR + HOUR_MS);
    await submit("void", { ...fields, views: "20" });
    expect((await submit("void", { ...fields, views: "20" })).text).toMatch(/now be 0 views/);
    await readInRedis(story, 4, HOUR + 1);
    await sync();
    expect(await submit("void", { ...fields, views: "8" })).toMatchObject({ ok: true });
    expect(await totals(story)).toEqual([0, 0, 0]);
    for (const { id } of (await listVoidedViews(database.db)).slice(0, 2))
      await submit("unvoid", { id: String(id) });
    expect(await totals(story)).toEqual([14, 14, 0]);
  });

  it("waits for views that are in Redis, or that reconcile may still take back", async () => {
    const story = await newStory();
    await readInRedis(story, 5, HOUR);
    await sync();
    await readInRedis(story, 2, HOUR + 1);
    const fields = { ...span(story.slug, HOUR, HOUR + HOUR_MS), views: "10" };
    expect((await submit("void", fields)).text).toBe(
      "No change: 4 views from that time are waiting to sync. Run a sync first.",
    );
    // Those of another hour do not matter.
    await sync();
    await readInRedis(story, 2, HOUR + 3 * HOUR_MS);
    expect(await plan(story.slug, HOUR, HOUR + HOUR_MS)).toMatchObject({ obstacle: null, views: 14 });

    await database.db.journalFile.create({
      data: { file: "waiting", process: "web-1", appended: 3, replayed: 1 },
    });
    expect((await submit("void", fields)).text).toMatch(/waiting in the journal/);
    await database.db.journalFile.delete({ where: { file: "waiting" } });

    const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
    const inPostgres = createDatabaseViews(database.pool, runtime.window);
    const seen = viewsOf(story, 3, now + 1);
    await recordAll(views(), seen.slice(0, 1));
    await sync();
    await recordAll(inPostgres, seen);
    const recent = { ...span(story.slug, now, now + HOUR_MS), views: "8" };
    expect((await submit("void", recent)).text).toMatch(/not yet compared with Redis/);
    await quiesce(database.pool, views());
    expect(await totals(story), "one was known to Redis").toEqual([12, 12, 0]);
    expect(await submit("void", { ...recent, views: "6" })).toMatchObject({ ok: true });
    expect(await totals(story)).toEqual([9, 9, 0]);
  });

  it.each([
    [{ story: "" }, "story"],
    [{ from: "yesterday" }, "from"],
    [{ to: "2026-11-30T14:30" }, "to"],
    [{ to: "2026-13-30T14:00" }, "to"],
    [{ views: "0" }, "views"],
  ])("refuses a form with %o", async (wrong, name) => {
    const story = await newStory();
    const result = await submit("void", { ...span(story.slug, HOUR, HOUR + HOUR_MS), views: "1", ...wrong });
    expect(Object.keys(result.errors)).toEqual([name]);
  });

  it("refuses hours that are not over, a span without hours, and a story that does not exist", async () => {
    const story = await newStory();
    const thisHour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const text = async (slug: string, from: number, to: number) =>
      (await submit("void", { ...span(slug, from, to), views: "1" })).text;
    expect(await text(story.slug, thisHour, thisHour + HOUR_MS)).toMatch(/hours that are over/);
    expect(await text(story.slug, HOUR, HOUR)).toMatch(/after the start/);
    expect(await text("no-such-story", HOUR, HOUR + HOUR_MS)).toMatch(/there is no story/);
    expect((await submit("unvoid", { id: "999999" })).text).toMatch(/no such voided views/);
  });
});
