import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findStories } from "../../app/pages/stories/find-stories";
import { differencesCsv, listDifferences } from "../../app/pages/stories/list-differences";
import {
  findStory,
  readHistorySums,
  readOutageViews,
  readStoryImports,
  readWeeks,
} from "../../app/pages/stories/read-story-account";
import type { Incident } from "../../app/telemetry/incidents";
import { checkHistory } from "../../app/telemetry/ledger/check-history";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let id: number;
let chapterId: number;
const now = new Date("2026-11-22T14:20:00Z");
const hourAgo = (hours: number) => new Date(Date.UTC(2026, 10, 22, 14 - hours));

beforeAll(async () => {
  database = await createTestDatabase();
  const { story, chapters } = await createStory(database.pool, "the-pilot-of-saltmarrow", 2);
  id = story.id;
  chapterId = chapters[0]?.id ?? 0;
  await database.db.story.update({ where: { id }, data: { title: "The Pilot of Saltmarrow" } });
  for (let n = 1; n <= 30; n += 1) await createStory(database.pool, `pilots-log-${n}`);
});
afterAll(() => database?.drop());

describe("the operators' search", () => {
  const slugs = async (text: string, page = 1) =>
    (await findStories(database.db, text, page)).stories.map(({ slug }) => slug);

  it("finds stories by the starts of words of title or address, the exact address first, a page at a time", async () => {
    expect(await slugs("saltm PILOT")).toEqual(["the-pilot-of-saltmarrow"]);
    expect((await slugs("pilots-log-1"))[0]).toBe("pilots-log-1");
    expect(await slugs("arrow")).toEqual([]);
    expect(await slugs("'; DROP TABLE")).toEqual([]);
    const first = await findStories(database.db, "pilot", 1);
    expect([first.stories.length, first.more]).toEqual([25, true]);
    const second = await findStories(database.db, "pilot", 2);
    expect([second.stories.length, second.more]).toEqual([6, false]);
    expect(new Set([...first.stories, ...second.stories].map(({ slug }) => slug)).size).toBe(31);
    expect((await slugs(""))[0]).toBe("pilots-log-30");
  });

  it("finds a story under an address that it had, and the one that has it now before that", async () => {
    await database.db.story.update({ where: { slug: "pilots-log-1" }, data: { slug: "pilots-diary" } });
    expect((await findStory(database.db, "pilots-log-1"))?.slug).toBe("pilots-diary");
    await createStory(database.pool, "pilots-log-1");
    expect((await findStory(database.db, "pilots-log-1"))?.slug).toBe("pilots-log-1");
    expect(await findStory(database.db, "no\0such")).toBeNull();
  });
});

it("totals that differ from their history are listed with why, until they agree", async () => {
  const { db, pool } = database;
  const hour = { hour: hourAgo(30), source: "r:a" };
  await db.viewHour.create({ data: { ...hour, kind: "story", targetId: id, views: 100 } });
  await db.story.update({ where: { id }, data: { readCount: 120 } });
  await db.chapter.update({ where: { id: chapterId }, data: { readCount: 7 } });
  await checkHistory(pool, 60_000);
  const { rows, comparedAt } = await listDifferences(db);
  expect(comparedAt).not.toBeNull();
  expect(rows).toMatchObject([
    {
      kind: "story",
      chapter: null,
      readCount: 120,
      history: 100,
      why: expect.stringMatching(/lacks 20 views/),
    },
    { kind: "chapter", chapter: 1, readCount: 7, history: 0 },
  ]);
  let csv = "";
  for await (const part of differencesCsv(db)) csv += part;
  expect(csv).toContain(`"the-pilot-of-saltmarrow","The Pilot of Saltmarrow",,120,100,20,`);
  await db.story.update({ where: { id }, data: { readCount: 100 } });
  await checkHistory(pool, 60_000);
  expect((await listDifferences(db)).rows).toMatchObject([{ kind: "chapter" }]);
  await db.chapter.update({ where: { id: chapterId }, data: { readCount: 0 } });
  await checkHistory(pool, 60_000);
  expect((await listDifferences(db)).rows).toEqual([]);
});

it("a story's account tells what was left out, voided and retracted in each week, and its views in outages", async () => {
  const { db, pool } = database;
  const view = (hours: number, source: string, views: number) =>
    db.viewHour.create({ data: { kind: "story", targetId: id, hour: hourAgo(hours), source, views } });
  await view(2, "r:b", 40);
  await view(2, "db", 3);
  await view(2, "void:1", -10);
  await view(200, "r:c", 60);
  const { id: importId } = await db.viewImport.create({
    data: {
      files: {
        create: ["access.log.1", "access.log"].map((name) => ({
          name,
          lines: 9,
          first: "",
          digest: "",
          rules: "",
        })),
      },
    },
  });
  await view(400, `i:${importId}`, 25);
  await view(401, `i:${importId}`, 5);
  const left = { storyId: id, source: "r:b", dimension: "excluded", value: "robot" };
  await db.viewDetailHour.create({ data: { ...left, hour: hourAgo(3), views: 9 } });
  await db.viewDetailHour.create({ data: { ...left, hour: hourAgo(180), views: 4 } });
  for (const [hours, retracted] of [
    [2, false],
    [2, true],
    [190, true],
  ] as const)
    await pool.query(
      `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", counted, "window", "reconciledAt", "retractedAt")
       VALUES ($1, md5(random()::text), $2::timestamptz, NOT $3::boolean, tstzrange($2, $2::timestamptz + interval '1 day'), $2::timestamptz,
         CASE WHEN $3 THEN $2::timestamptz END)`,
      [id, hourAgo(hours), retracted],
    );
  expect(await readWeeks(db, id, now)).toEqual([
    { counted: 133, voided: 10, retracted: 1, leftOut: { robot: 9 } },
    { counted: 60, voided: 0, retracted: 1, leftOut: { robot: 4 } },
  ]);
  expect(await readHistorySums(db, id)).toEqual({
    redis: 200,
    database: 3,
    earlier: 0,
    imported: 30,
    voided: 10,
    total: 223,
  });
  expect(await readStoryImports(db, id)).toMatchObject([
    { id: importId, views: 30, files: ["access.log.1", "access.log"] },
  ]);
  const incident = (hours: number) =>
    ({ from: hourAgo(hours).getTime() - 1, to: hourAgo(hours).getTime() + 1, kind: "frozen" }) as Incident;
  const touched = await readOutageViews(db, id, [incident(2), incident(190), incident(100)], now);
  expect(touched.map(({ mine }) => mine)).toEqual([
    { views: 2, retracted: 1 },
    { views: 1, retracted: 1 },
  ]);
});
