import { cpSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { forgetWindows } from "../../app/stores/postgres/forget-windows";
import type { Offer, PlacedTarget } from "../../app/tracker/view";
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS, planWindow } from "../../app/tracker/window";
import { migrate } from "../../prisma/migrate";
import { migrationsDir } from "../../prisma/migration-files";
import { scratchFolder } from "../../scripts/services/reaper";
import { createTestDatabase } from "../support/services";
import { databaseUrl } from "../support/template-database";
import { until } from "../support/until";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";

const MIGRATION = "20260503000000_windows_by_viewer";
const window = planWindow(24, 6);
const NOW = Date.now();

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let serial = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

const newStory = async () => (await createStory(database.pool, `windows-${serial++}`)).story;
const store = (hours = window) => createDatabaseViews(database.pool, hours);
const count = async (story: PlacedTarget, who: string, ago: number, views = store()) =>
  (await recordAll(views, [viewOf([story], anonymous(who), NOW - ago)]))[0]?.[0]?.counted;

/** The windows of each viewer of a story, as hours before now. */
async function windowsOf({ id }: PlacedTarget) {
  const { rows } = await database.pool.query<{ hours: string }>(
    `SELECT string_agg(round(extract(epoch FROM to_timestamp($2) - lower(w)) / 3600) || ' to '
       || round(extract(epoch FROM to_timestamp($2) - upper(w)) / 3600), ', ' ORDER BY w) AS hours
     FROM "StoryWindow", unnest(windows) AS w WHERE "storyId" = $1 GROUP BY viewer ORDER BY 1`,
    [id, NOW / 1000],
  );
  return rows.map(({ hours }) => hours);
}

/** Inserts a counted row as a version without windows of viewers does. @returns how many rows the table took. */
async function insertAsBefore({ id }: PlacedTarget, viewer: string, ago: number) {
  const { rowCount } = await database.pool.query(
    `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", counted, "window")
     SELECT $1, $2, at, true, tstzrange(at, at + interval '24 hours') FROM (SELECT to_timestamp($3) AS at) AS t
     ON CONFLICT DO NOTHING`,
    [id, viewer, (NOW - ago) / 1000],
  );
  return rowCount;
}

describe("the windows of a viewer", () => {
  it("are one row, whatever the order in which the views come, and adjacent ones are one range", async () => {
    const story = await newStory();
    const signedIn = (ago: number) => recordAll(store(), [viewOf([story], { userId: 1 }, NOW - ago)]);
    for (const hours of [10, 40, 34, 64, 11]) await signedIn(hours * HOUR_MS);
    expect(await windowsOf(story)).toEqual(["64 to 16, 10 to -14"]);
  });

  it("are forgotten one by one as others come, and as a whole when no view can meet them", async () => {
    const story = await newStory();
    const view = (days: number) => recordAll(store(), [viewOf([story], { userId: 1 }, NOW - days * DAY_MS)]);
    for (const days of [17, 14, 2]) await view(days);
    expect(await windowsOf(story)).toEqual(["408 to 384, 336 to 312, 48 to 24"]);
    await view(0);
    expect(await windowsOf(story)).toEqual(["336 to 312, 48 to 24, 0 to -24"]);
    const gone = await newStory();
    await count(gone, "a", 18 * DAY_MS);
    await count(gone, "b", 16 * DAY_MS);
    expect(await forgetWindows(database.pool)).toBe(1);
    expect(await windowsOf(gone)).toEqual(["384 to 360"]);
    expect(await windowsOf(story)).toHaveLength(1);
  });

  it("decide about a viewer who sends many views at once, and again about the same views", async () => {
    const story = await newStory();
    const minutes = Array.from({ length: 50 }, (_, i) => 600 - 13 * i);
    const views = minutes.map((ago) => viewOf([story], anonymous("a"), NOW - ago * MINUTE_MS));
    const hour = store(planWindow(1, 6));
    const first = await recordAll(hour, views);
    const counted = minutes.filter((_, i) => first[i]?.[0]?.counted);
    expect(counted).toEqual([600, 535, 470, 405, 340, 275, 210, 145, 80, 15]);
    expect(first.map(([result]) => result?.count).at(-1)).toBe(10);
    expect((await recordAll(hour, views)).filter(([result]) => result?.counted)).toEqual([]);
  });

  it("wait for a view by the same viewer that another process is counting", async () => {
    const story = await newStory();
    // The reader's key changes at midnight, which may lie between that view and now.
    const day = dayOf(NOW - HOUR_MS);
    const { key } = viewOf([story], anonymous("a"), NOW - HOUR_MS).offers[0] as Offer;
    const other = await database.pool.connect();
    await other.query("BEGIN");
    await other.query(
      `INSERT INTO "StoryWindow" SELECT $1, $2, tstzmultirange(tstzrange(at, at + interval '24 hours')) FROM to_timestamp($3) AS at`,
      [story.id, key(day), NOW / 1000],
    );
    const counting = count(story, "a", HOUR_MS);
    await until("the statement waits", async () => {
      const { rows } = await database.pool.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length === 1;
    });
    await other.query("COMMIT");
    other.release();
    expect(await counting).toBe(false);
  });

  it("do not let a repeat change anything", async () => {
    const story = await newStory();
    await count(story, "a", HOUR_MS);
    const { rows: before } = await database.pool.query(
      `SELECT xmin, xmax FROM "StoryWindow" WHERE "storyId" = $1`,
      [story.id],
    );
    expect(await count(story, "a", 0)).toBe(false);
    const { rows: after } = await database.pool.query(
      `SELECT xmin, xmax FROM "StoryWindow" WHERE "storyId" = $1`,
      [story.id],
    );
    expect(after).toEqual(before);
  });
});

describe("rows of an earlier version, beside this one", () => {
  it("count unless the viewer has a counted view within the window, of either version", async () => {
    const story = await newStory();
    const viewer = viewOf([story], { userId: 3 }, NOW).offers[0]?.key(0) ?? "";
    const view = (ago: number) => recordAll(store(), [viewOf([story], { userId: 3 }, NOW - ago)]);
    expect(await insertAsBefore(story, viewer, 50 * HOUR_MS)).toBe(1);
    expect(await insertAsBefore(story, viewer, 27 * HOUR_MS)).toBe(0);
    expect((await view(27 * HOUR_MS))[0]?.[0]?.counted).toBe(false);
    expect((await view(26 * HOUR_MS))[0]?.[0]?.counted).toBe(true);
    expect(await insertAsBefore(story, viewer, 3 * HOUR_MS)).toBe(0);
    expect(await insertAsBefore(story, viewer, HOUR_MS)).toBe(1);
    expect(await windowsOf(story)).toEqual(["50 to 2, 1 to -23"]);
  });

  it("give their window back when they are retracted, and take it when they count after all", async () => {
    const story = await newStory();
    await insertAsBefore(story, "a", HOUR_MS);
    const recount = (counted: boolean) =>
      database.pool.query(`UPDATE "StoryView" SET counted = $2 WHERE "storyId" = $1 AND viewer = 'a'`, [
        story.id,
        counted,
      ]);
    await recount(false);
    expect(await windowsOf(story)).toEqual([]);
    expect(await insertAsBefore(story, "a", 0)).toBe(1);
    await expect(recount(true)).rejects.toThrow("a view by this viewer is counted within the window");
  });

  it("take their windows into this version with the migration", async () => {
    const name = `t_windows_${process.pid}`;
    const server = process.env.TEST_DATABASE_URL ?? "";
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    const url = databaseUrl(server, name);
    const client = new pg.Client({ connectionString: url });
    try {
      const folder = scratchFolder("migrations");
      cpSync(migrationsDir, folder, { recursive: true });
      for (const later of readdirSync(folder).filter((entry) => entry >= MIGRATION && entry.startsWith("2")))
        rmSync(path.join(folder, later), { recursive: true });
      await migrate(url, folder);
      await client.connect();
      await client.query(
        `INSERT INTO "ChapterView" ("chapterId", viewer, "viewedAt", counted, "window")
         SELECT 7, viewer, at, counted, tstzrange(at, at + interval '24 hours')
         FROM (VALUES ('a', true, 30), ('a', true, 3), ('a', false, 2), ('b', true, 1), ('old', true, 400)) AS v(viewer, counted, hours),
           LATERAL (SELECT now() - make_interval(hours => hours) AS at) AS t`,
      );
      expect(await migrate(url)).toContain(MIGRATION);
      const { rows } = await client.query(
        `SELECT viewer, (SELECT count(*) FROM unnest(windows))::int AS windows FROM "ChapterWindow" ORDER BY viewer`,
      );
      expect(rows).toEqual([
        { viewer: "a", windows: 2 },
        { viewer: "b", windows: 1 },
      ]);
    } finally {
      await client.end();
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
    }
  });
});
