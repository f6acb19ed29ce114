import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { forgetViewers } from "../../app/stores/postgres/forget-viewers";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { pruneOldRows } from "../../worker/retention";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

/** 24 hours of window and 6 of grace. */
const window = planWindow(24, 6, "request");

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let storyId: number;
beforeAll(async () => {
  database = await createTestDatabase();
  storyId = (await createStory(database.pool, "scrubbed", 1)).story.id;
});
beforeEach(() => database.pool.query(`TRUNCATE "StoryView", "StoryWindow", "ChapterView", "ChapterWindow"`));
afterAll(() => database?.drop());

/** A view that long ago, in hours; `closedAgo` null: reconcile has not closed it. @returns its id. */
async function add(hoursAgo: number, closedAgo: number | null, viewer = `s${storyId}.u8`, inWindow = true) {
  const { rows } = await database.pool.query<{ id: number }>(
    `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", "window", "reconciledAt", counted, decided)
     SELECT $1, $2, at, CASE WHEN $5 THEN tstzrange(at, at + interval '24 hours') END, $4, true, true
     FROM (SELECT $3::timestamptz AS at) AS t RETURNING id`,
    [
      storyId,
      viewer,
      new Date(Date.now() - hoursAgo * HOUR_MS),
      closedAgo === null ? null : new Date(Date.now() - closedAgo * HOUR_MS),
      inWindow,
    ],
  );
  return rows[0]?.id ?? 0;
}
const viewers = async () =>
  new Map(
    (
      await database.pool.query<{ id: number; viewer: string }>(`SELECT id, viewer FROM "StoryView"`)
    ).rows.map(({ id, viewer }) => [id, viewer]),
  );

it("a signed-in reader's key is forgotten once no open row can meet its view, and other keys stay", async () => {
  const key = `s${storyId}.u8`;
  const [old, alsoOld, history] = [await add(55, 54), await add(80, 79), await add(900, null, key, false)];
  const meets = await add(53, 52);
  const open = await add(60, null);
  const anonymous = await add(80, 79, "aBu4Xy_-");
  expect(await forgetViewers(database.pool, window)).toBe(3);
  const now = await viewers();
  const forgotten = [old, alsoOld, history].map((id) => now.get(id) ?? "");
  for (const viewer of forgotten) expect(viewer).toMatch(/^-[0-9a-f]{32}$/);
  expect(new Set(forgotten).size, "and two rows of one reader cannot be joined").toBe(3);
  expect([meets, open].map((id) => now.get(id))).toEqual([key, key]);
  expect(now.get(anonymous)).toBe("aBu4Xy_-");
  expect(await forgetViewers(database.pool, window)).toBe(0);
});

it("rows of outages are deleted 90 days after they were closed; open ones and history stay", async () => {
  const [gone, recent, open, history] = [
    await add(91 * 24, 91 * 24 - 1),
    await add(91 * 24, 89 * 24),
    await add(91 * 24, null),
    await add(400 * 24, null, "s1.u9", false),
  ];
  await pruneOldRows(database.pool);
  expect([...(await viewers()).keys()].sort()).toEqual([recent, open, history].sort());
  expect(await viewers()).not.toContain(gone);
});

it("finding them does not read every row", async () => {
  await database.pool.query(
    `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", "window", "reconciledAt", decided)
     SELECT $1, lpad(i::text, 8, '0'), now() - interval '5 days', tstzrange(now() - interval '5 days', now() - interval '4 days'), now() - interval '5 days', true
     FROM generate_series(1, 20000) AS i`,
    [storyId],
  );
  await database.pool.query(`ANALYZE "StoryView"`);
  for (const where of [
    `viewer LIKE '%.u%' AND "viewedAt" < now() ORDER BY "viewedAt"`,
    `"window" IS NOT NULL AND "reconciledAt" < now() - interval '90 days' ORDER BY "reconciledAt"`,
  ]) {
    const { rows } = await database.pool.query(
      `EXPLAIN SELECT id FROM "StoryView" WHERE ${where} LIMIT 5000`,
    );
    expect(JSON.stringify(rows)).toMatch(/Index Scan/);
  }
});
