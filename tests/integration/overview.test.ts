import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadPanel } from "../../app/console/open-page";
import { listFallbacks } from "../../app/pages/overview/queries/fallbacks";
import { RAW_ROWS } from "../../app/pages/overview/raw-rows";
import { readOverview } from "../../app/pages/overview/read-overview";
import { withHistory } from "../../app/pages/overview/with-history";
import { findEditorStory } from "../../app/pages/story-analytics/find-editor-story";
import { listEditorStories } from "../../app/pages/story-analytics/list/list-editor-stories";
import { storyViewsCsv, storyViewsJson } from "../../app/pages/story-analytics/over-time/export-story-views";
import { readStoryNumbers } from "../../app/pages/story-analytics/over-time/read-story-numbers";
import { readChapters } from "../../app/pages/story-analytics/readers/read-chapters";
import { shownCsv, shownJson } from "../../app/pages/story-analytics/share/export-shown";
import { readSources } from "../../app/pages/story-analytics/sources/read-story-sources";
import { storyRange } from "../../app/pages/story-analytics/story-ranges";
import { streamText } from "../../app/platform/csv";
import { bucketIndex, emptyBuckets } from "../../app/shared/histogram";
import { loadPanel } from "../../app/shared/panel";
import { sampleRange } from "../../app/shared/series";
import { createTestDatabase } from "../support/services";

const now = new Date("2026-11-22T14:00:05Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const hourAgo = (hours: number) =>
  new Date(Math.floor(now.getTime() / 3_600_000) * 3_600_000 - hours * 3_600_000);

/** Latency buckets with these numbers of views, by upper bound in µs. */
function latencies(views: Record<number, number>) {
  const buckets = emptyBuckets();
  for (const [bound, count] of Object.entries(views)) buckets[bucketIndex(Number(bound))] = count;
  return buckets;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let author: { id: number };
let editor: { id: number };
let otherEditor: { id: number };
let chapters: { id: number; number: number }[];
let story: { id: number };
const redis = { redisEnabled: true, readUnsynced: async () => new Map([[`story:${story.id}`, 17]]) };
const sources = () => ({ db: database.db, ...redis });

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const person = (email: string) =>
    db.user.create({ data: { email, name: email, role: "EDITOR", passwordHash: "" } });
  [author, editor, otherEditor] = [
    await person("a@x.example"),
    await person("e@x.example"),
    await person("s@x.example"),
  ];
  story = await db.story.create({
    data: {
      slug: "tide",
      title: "Tide",
      blurb: "",
      authorId: author.id,
      status: "PUBLISHED",
      readCount: 312,
    },
  });
  await db.storyEditor.create({ data: { storyId: story.id, userId: editor.id } });
  chapters = [];
  for (const [number, readCount] of [
    [1, 200],
    [2, 100],
  ] as const)
    chapters.push(
      await db.chapter.create({ data: { storyId: story.id, number, title: `Chapter`, body: "", readCount } }),
    );
  await db.syncRun.create({
    data: { trigger: "schedule", startedAt: ago(3600), endedAt: ago(3599), views: 300 },
  });
  const hour = (targetId: number, kind: string, hours: number, views: number, source = "r:a") => ({
    kind,
    targetId,
    hour: hourAgo(hours),
    views,
    source,
  });
  await db.viewHour.createMany({
    data: [
      hour(story.id, "story", 0, 5),
      hour(story.id, "story", 0, 2, "db"),
      hour(story.id, "story", 167, 10),
      hour(story.id, "story", 168, 40),
      hour(story.id, "story", 24 * 60, 255, "history"),
      hour(chapters[0]?.id ?? 0, "chapter", 1, 3),
    ],
  });
});
afterAll(() => database.drop());

/** The story that all of these tests are about, as one of its editors gets it. */
async function tideOf(userId: number) {
  const story = await findEditorStory(database.db, userId, "tide");
  if (!story) throw new Error("no story");
  return story;
}

describe("an editor's numbers", () => {
  it("adds up the last 168 hours with the unsynced views, and the 168 hours before them", async () => {
    const { stories, asOf } = await listEditorStories(sources(), author.id, now);
    expect(asOf).toEqual(ago(3600));
    expect(stories).toMatchObject([
      { slug: "tide", counted: 312, unsynced: 17, lastWeek: 34, weekBefore: 40 },
    ]);
    expect(stories[0]?.days.length).toBe(30);
    expect(stories[0]?.days.at(-1)).toBe(7);
  });

  it("shows the counts in Postgres when Redis is unreachable, and says so", async () => {
    const listed = await listEditorStories({ ...sources(), readUnsynced: async () => null }, author.id, now);
    expect(listed.redisReachable).toBe(false);
    expect(listed.stories).toMatchObject([{ counted: 312, unsynced: null, lastWeek: 17 }]);
  });

  it("exports the bars that are shown, of the range and chapter in the address", async () => {
    const text = (parts: AsyncIterable<string>) => new Response(streamText(parts)).text();
    for (const query of ["range=48h", "range=30d&chapter=1", "range=all"]) {
      const search = new URLSearchParams(query);
      const page = await readStoryNumbers(sources(), await tideOf(author.id), search, "UTC", now);
      const bars = page.series.points.map(({ at, values }) => [at, values?.views ?? null]);
      expect(
        bars.some(([, views]) => views),
        query,
      ).toBe(true);
      const lines = (await text(shownCsv(page))).trimEnd().split("\r\n").slice(1);
      const inCsv = lines.map((line) => line.split(","));
      expect(inCsv.map(([at = "", , , , views]) => [Date.parse(at), Number(views)])).toEqual(bars);
      expect(new Set(inCsv.map(([, , , title]) => title))).toEqual(new Set([`"${page.shown.title}"`]));
      const json = JSON.parse(await text(shownJson(page)));
      expect(
        json.bars.map((bar: { from: string; views: number }) => [Date.parse(bar.from), bar.views]),
      ).toEqual(bars);
      expect([json.waitingForTheSync, json.unit]).toEqual([page.shown.unsynced, page.span.unit]);
    }
  });

  it("shows a story to its author and editors only", async () => {
    const search = new URLSearchParams("range=48h");
    for (const { id } of [author, editor])
      expect((await readStoryNumbers(sources(), await tideOf(id), search, "UTC", now)).shown.unsynced).toBe(
        17,
      );
    expect(await findEditorStory(database.db, otherEditor.id, "tide")).toBeNull();
    expect((await listEditorStories(sources(), otherEditor.id, now)).stories).toEqual([]);
  });

  it("sums over sources by hour, and marks the hours that may still grow", async () => {
    const numbers = await readStoryNumbers(
      sources(),
      await tideOf(author.id),
      new URLSearchParams("range=48h"),
      "UTC",
      now,
    );
    expect(numbers.series.points.length).toBe(48);
    expect(numbers.series.points.at(-1)).toMatchObject({ values: { views: 7 }, unfinished: true });
    expect(numbers.growsFrom).toBe(hourAgo(1).getTime());
    expect(numbers.title).toBe(
      "24 views in the last 48 hours, 40% fewer than 13 – 15 Nov 2026 (same weekdays)",
    );
    const { chapters } = await readChapters(sources(), await tideOf(author.id), storyRange("48h"), now);
    expect(chapters.map(({ inRange }) => inRange)).toEqual([3, 0]);
  });

  it("loses the lists of referrers, devices and reasons, not the page, when their query fails", async () => {
    const db = Object.create(database.db, {
      $queryRaw: {
        value: (sql: TemplateStringsArray, ...values: unknown[]) =>
          // A part of a query is one of its values.
          [...sql, ...values.map((value) => (value as { sql?: string } | null)?.sql)]
            .join("")
            .includes("ViewDetailHour")
            ? Promise.reject(new Error("canceling statement due to statement timeout"))
            : database.db.$queryRaw(sql, ...values),
      },
    });
    const failures: string[] = [];
    const settled: LoadPanel = (what, work) => loadPanel(what, work, (failed) => failures.push(failed));
    const { details, numbers } = await readSources(
      { db, spamList: { ok: true, hosts: new Set<string>() } },
      await tideOf(author.id),
      { range: storyRange("48h"), filter: { channel: null, source: null } },
      now,
      settled,
    );
    expect(details).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^This list could not be read/),
    });
    expect(numbers).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^The sources could not be read/),
    });
    expect(failures.sort()).toEqual(["The sources", "This list"]);
  });

  it("exports every hour, and the hours add up to the story's history", async () => {
    const found = await tideOf(author.id);
    let csv = "";
    for await (const part of storyViewsCsv(database.db, found)) csv += part;
    expect(csv.trim().split("\r\n")).toEqual([
      '"hour_utc","kind","chapter","views"',
      `${hourAgo(1440).toISOString()},"story",,255`,
      `${hourAgo(168).toISOString()},"story",,40`,
      `${hourAgo(167).toISOString()},"story",,10`,
      `${hourAgo(1).toISOString()},"chapter",1,3`,
      `${hourAgo(0).toISOString()},"story",,7`,
    ]);
    let json = "";
    for await (const part of storyViewsJson(database.db, found, { asOf: now, unsynced: 17 })) json += part;
    const parsed = JSON.parse(json) as { counted: number; hours: { kind: string; views: number }[] };
    const sum = parsed.hours.reduce((all, row) => all + (row.kind === "story" ? row.views : 0), 0);
    expect([parsed.counted, sum]).toEqual([312, 312]);
  });
});

const shown = (key: string) => ({ range: sampleRange(key), compareMs: null });

describe("the operators' overview", () => {
  const overviewSources = () => ({
    db: database.db,
    process: "web-1",
    readLedger: async () => null,
    redisRisks: async () => null,
    liveStatus: async () => ({ redis: "down" as const, unsynced: null, oldestUnsyncedAt: null }),
    mode: () => ({ mode: "database", since: ago(600).getTime(), reason: "the connection to Redis was lost" }),
    syncIntervalHours: 12,
  });
  const read = (key: string, failures: string[] = []) =>
    readOverview(overviewSources(), shown(key), now, (what, work) =>
      loadPanel(what, work, (failed) => void failures.push(failed)),
    );

  it("has a title for a site that has just started", async () => {
    const { samples, current } = await read("1h");
    expect(samples).toMatchObject({
      ok: true,
      data: { empty: true, viewsTitle: "Views · none in the last hour" },
    });
    expect(current).toMatchObject({ ok: true, data: { unsynced: null, processes: [] } });
  });

  it("sums the web processes, latencies included, and falls back on the last known number of unsynced views", async () => {
    const { db } = database;
    const sample = (process: string, more: object) =>
      db.sample.create({ data: { at: ago(65), span: 10, process, role: "web", mode: "redis", ...more } });
    // 30 views took 750 to 1,000 µs; nine took 2.5 to 5 ms and one 75 to 100 ms.
    await sample("web-1", { redis: 30, duplicates: 0, latencyBuckets: latencies({ 1000: 30 }) });
    await sample("web-2", { redis: 8, database: 2, latencyBuckets: latencies({ 5000: 9, 100000: 1 }) });
    await sample("web-3", { latencyP50Us: 7_000_000, latencyP99Us: 8_000_000 });
    await sample("worker-1", { role: "worker", redis: 99, buffered: 214, lagSeconds: 3600 });
    const { samples, current } = await read("1h");
    const points = samples.ok ? samples.data.series.points.filter((point) => point.values) : [];
    expect(points.map((point) => point.values)).toMatchObject([
      { redis: 38, database: 2, p50: expect.closeTo(750 + (250 * 20) / 30), p99: expect.closeTo(90_000) },
    ]);
    expect(samples.ok && samples.data.latencyTitle).toMatch(/^Latency · p50 0\.92 ms, p99 90 ms$/);
    let csv = "";
    for await (const part of RAW_ROWS["samples.csv"]?.(db) ?? []) csv += part;
    expect(csv).toMatch(/,"web-1",.*,875,99[78],/);
    expect(csv).toMatch(/,"web-3",.*,7000000,8000000,/);
    expect(current).toMatchObject({
      ok: true,
      data: { unsynced: { views: 214, asOf: ago(55), live: false }, oldestUnsyncedAt: ago(3655) },
    });
  });

  it("does not show an hourly sample in ten-minute buckets", async () => {
    await database.db.sample.create({
      data: { at: hourAgo(5), span: 3600, process: "web-1", role: "web", mode: "redis", redis: 600 },
    });
    const { samples } = await read("24h");
    expect(samples.ok && samples.data.series.stepSeconds).toBe(3600);
  });

  it("lists fallback views, not the history from before Redis", async () => {
    await database.pool.query(
      `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt") VALUES ($1, 'old', $2)`,
      [story.id, ago(90)],
    );
    await database.pool.query(
      `INSERT INTO "ChapterView" ("chapterId", viewer, "viewedAt", "window")
       VALUES ($1, 'secret', $2, tstzrange($2, $2::timestamptz + interval '1 day'))`,
      [chapters[1]?.id, ago(60)],
    );
    expect(await listFallbacks(database.db, 10)).toMatchObject([
      { kind: "chapter", slug: "tide", chapter: 2, counted: true },
    ]);
    let csv = "";
    for await (const part of RAW_ROWS["fallback-chapter-views.csv"]?.(database.db) ?? []) csv += part;
    expect(csv).toContain(',"tide",2,true,');
    expect(csv).not.toContain("secret");
  });

  it("takes the hours without reports from the history, each once, and says when its own reports began", async () => {
    // An hour of which samples know: it must not be counted twice.
    const row = { kind: "story", targetId: story.id, hour: hourAgo(5), source: "reported", views: 600n };
    await database.db.viewHour.create({ data: row });
    const { history, samples } = await read("7d");
    await database.db.viewHour.deleteMany({ where: { source: "reported" } });
    // Of the hours with views, those of the samples above are theirs, and one lies before the range.
    expect(history).toMatchObject({
      ok: true,
      data: { stepSeconds: 3600, views: [[hourAgo(167).getTime(), 10]] },
    });
    expect(samples.ok && samples.data.viewsTitle).toMatch(/^Views · 640 since 09:00 UTC, 2 in the database/);
    const merged =
      samples.ok && history.ok
        ? withHistory(samples.data.series, history.data)
        : { points: [], stepSeconds: 0 };
    expect(merged.points.filter(({ values }) => values?.history).map(({ at }) => at)).toEqual([
      hourAgo(167).getTime(),
    ]);
    const { history: ofAnHour } = await read("1h");
    expect(ofAnHour).toEqual({ ok: true, data: null });
  });

  it("compares today with the same time a week ago, whatever range is shown", async () => {
    const weekAgo = (minutes: number) => new Date(ago(60 * minutes).getTime() - 7 * 86_400_000);
    await database.db.sample.createMany({
      // The second is of a time that today has not reached.
      data: [weekAgo(60), weekAgo(-60)].map((at) => ({
        at,
        span: 60,
        process: "web-9",
        role: "web",
        mode: "redis",
        redis: 320,
      })),
    });
    const { figures } = await read("7d");
    expect(figures).toMatchObject({ ok: true, data: { today: 640, weekBefore: 320, redisShare: 0.95 } });
  });

  it("loses one panel, not the page, when one query fails", async () => {
    const failures: string[] = [];
    await database.pool.query(`ALTER TABLE "ModeChange" RENAME COLUMN "reason" TO "gone"`);
    try {
      const overview = await read("1h", failures);
      expect(overview.modes).toMatchObject({ ok: false });
      expect([overview.samples.ok, overview.figures.ok, overview.syncRuns.ok]).toEqual([true, true, true]);
      expect(failures).toContain("The history of modes");
    } finally {
      await database.pool.query(`ALTER TABLE "ModeChange" RENAME COLUMN "gone" TO "reason"`);
    }
  });
});
