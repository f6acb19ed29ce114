import type pg from "pg";
import { demoPasswordOf } from "../../app/auth/demo-accounts";
import { hashPassword } from "../../app/auth/passwords";
import { ROLES } from "../../app/shared/roles";
import { shardOf } from "../../app/tracker/shard";
import { FALLBACK_SOURCE } from "../../app/tracker/source";
import type { SeedOptions } from "../seed";
import { type Calendar, createCalendar, DAY, publicationTimes } from "./calendar";
import { type StoryPlan, storiesFor } from "./catalog";
import { insertRows } from "./insert";
import { createRecorded, REDIS, type Recorded, recordVisits, sourceOf } from "./operations/record";
import { bufferSource } from "./operations/syncs";
import { createTimeline } from "./operations/timeline";
import { insertOperations } from "./operations/write";
import { emailOf, people } from "./people";
import { createWriter } from "./prose";
import { createRandom, seedOf } from "./random";
import { rowsOf, type ViewRow } from "./rows";
import { type DetailCount, type HourCount, tallyVisits, totalOf } from "./tally";
import { imagineTraffic } from "./traffic";

/** Writes the demo site. The caller has begun a transaction. */
export async function fill(
  client: pg.Client,
  { onProgress = () => {}, now = new Date(), size = "demo", operations = size === "demo" }: SeedOptions,
) {
  const calendar = createCalendar(now, size);
  const plans = storiesFor(size);
  onProgress(`Writing ${plans.length} stories`);
  const users = await insertPeople(client, calendar);
  const recorded = operations ? createRecorded(createTimeline(calendar)) : null;
  const views = { story: [] as ViewRow[], chapter: [] as ViewRow[] };
  const fallback = { story: [] as ViewRow[], chapter: [] as ViewRow[] };
  let counted = 0;
  for (const [index, plan] of plans.entries()) {
    counted += await insertStory(client, plan, { calendar, users, views, fallback, recorded });
    if (index % 8 === 7) onProgress(`Wrote ${index + 1} of ${plans.length} stories and their readers`);
  }
  const byTime = (a: ViewRow, b: ViewRow) => a.viewedAt - b.viewedAt;
  await insertViewRows(client, "StoryView", "storyId", views.story.sort(byTime));
  await insertViewRows(client, "ChapterView", "chapterId", views.chapter.sort(byTime));
  await insertPlaces(client, plans, calendar, users);
  if (recorded) {
    onProgress("Writing what operators see of the last 90 days");
    await insertOperations(client, recorded, { operatorId: userId(users, "ops"), views: fallback });
  }
  onProgress(`Seeded ${plans.length} stories with ${counted.toLocaleString("en")} views`);
}

/** Inserts all people and returns their ids by key. People with the same role share a password, so one hash per role is enough. */
async function insertPeople(client: pg.Client, calendar: Calendar): Promise<Map<string, number>> {
  const hashes = new Map(
    await Promise.all(ROLES.map(async (role) => [role, await hashPassword(demoPasswordOf(role))] as const)),
  );
  const users = new Map<string, number>();
  for (const { key, name, role } of people) {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO "User" ("email", "name", "role", "passwordHash", "createdAt") VALUES ($1, $2, $3, $4, $5) RETURNING "id"`,
      [emailOf(key), name, role, hashes.get(role), new Date(calendar.start - 3 * DAY)],
    );
    users.set(key, rows[0]?.id ?? 0);
  }
  return users;
}

function userId(users: Map<string, number>, key: string): number {
  const id = users.get(key);
  if (id === undefined) throw new Error(`seed: there is no person called ${key}`);
  return id;
}

interface Rows {
  story: ViewRow[];
  chapter: ViewRow[];
}

/** What stories add to while they are inserted. */
interface Filling {
  calendar: Calendar;
  users: Map<string, number>;
  /** Views from before Redis, and those that Postgres counted later. */
  views: Rows;
  fallback: Rows;
  recorded: Recorded | null;
}

/** Inserts a story with its chapters and history, and adds to the rest what its visits mean there. Returns its read count. */
async function insertStory(
  client: pg.Client,
  plan: StoryPlan,
  { calendar, users, views, fallback, recorded }: Filling,
): Promise<number> {
  const published = publicationTimes(plan, calendar);
  const random = createRandom(seedOf(`traffic ${plan.slug}`));
  const { visits, excluded } = imagineTraffic(plan, published, calendar, random);
  const sourceAt = recorded ? sourceOf(recorded.timeline) : undefined;
  const tally = tallyVisits(visits, excluded, published.length, sourceAt);
  const firstAt = published[0];
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO "Story" ("slug", "title", "blurb", "genre", "authorId", "status", "readCount", "createdAt", "publishedAt")
     VALUES ($1, $2, $3, $4, $5, $6::"PublicationStatus", $7, $8, $9) RETURNING "id"`,
    [
      plan.slug,
      plan.title,
      plan.blurb,
      plan.genre,
      userId(users, plan.author),
      firstAt === undefined ? "DRAFT" : "PUBLISHED",
      totalOf(tally.story),
      new Date((firstAt ?? calendar.end) - 2 * DAY),
      firstAt === undefined ? null : new Date(firstAt),
    ],
  );
  const storyId = rows[0]?.id ?? 0;
  for (const key of plan.coEditors)
    await client.query(`INSERT INTO "StoryEditor" ("storyId", "userId") VALUES ($1, $2)`, [
      storyId,
      userId(users, key),
    ]);
  const chapterIds = await insertChapters(client, plan, storyId, published, tally.chapters.map(totalOf));
  const stored = storedSource(storyId);
  await insertHours(client, "story", storyId, tally.story, stored);
  for (const [index, hours] of tally.chapters.entries())
    await insertHours(client, "chapter", chapterIds[index] ?? 0, hours, stored);
  await insertDetails(client, storyId, tally.details, stored);

  const readers = people.filter((person) => person.role === "READER").map(({ key }) => userId(users, key));
  const ids = { story: storyId, chapters: chapterIds, readers };
  const early = rowsOf(visits, calendar.rowsUntil, ids, createRandom(seedOf(`rows ${plan.slug}`)));
  views.story.push(...early.story);
  views.chapter.push(...early.chapters);
  if (recorded) {
    const traffic = { visits, excluded };
    recordVisits(
      recorded,
      { id: storyId, chapterIds },
      traffic,
      createRandom(seedOf(`counted ${plan.slug}`)),
    );
    const inPostgres = visits.filter(({ at }) => sourceAt?.(at) === FALLBACK_SOURCE);
    const rows = rowsOf(inPostgres, calendar.end, ids, createRandom(seedOf(`fallback ${plan.slug}`)));
    fallback.story.push(...rows.story);
    fallback.chapter.push(...rows.chapters);
  }
  return totalOf(tally.story);
}

async function insertChapters(
  client: pg.Client,
  plan: StoryPlan,
  storyId: number,
  published: number[],
  readCounts: number[],
): Promise<number[]> {
  const random = createRandom(seedOf(plan.slug));
  const writer = createWriter(plan, random);
  const ids: number[] = [];
  for (let number = 1; number <= plan.chapters; number += 1) {
    const { title, body } = writer.chapter(number, random.between(600, 1000));
    const at = published[number - 1];
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO "Chapter" ("storyId", "number", "title", "body", "status", "readCount", "publishedAt")
       VALUES ($1, $2, $3, $4, $5::"PublicationStatus", $6, $7) RETURNING "id"`,
      [
        storyId,
        number,
        title,
        body,
        at === undefined ? "DRAFT" : "PUBLISHED",
        readCounts[number - 1] ?? 0,
        at === undefined ? null : new Date(at),
      ],
    );
    ids.push(rows[0]?.id ?? 0);
  }
  return ids;
}

/** The source of a count as the tables have it: views that Redis counted name their buffer. */
const storedSource =
  (storyId: number) =>
  ({ source, hour }: HourCount) =>
    source === REDIS ? bufferSource(shardOf(storyId), hour) : source;

const insertHours = (
  client: pg.Client,
  kind: "story" | "chapter",
  targetId: number,
  hours: HourCount[],
  source: (count: HourCount) => string,
) =>
  insertRows(
    client,
    "ViewHour",
    [
      { name: "kind", type: "text", of: () => kind },
      { name: "targetId", type: "int", of: () => targetId },
      { name: "hour", type: "ms", of: (row) => row.hour },
      { name: "source", type: "text", of: source },
      { name: "views", type: "int", of: (row) => row.views },
    ],
    hours,
  );

const insertDetails = (
  client: pg.Client,
  storyId: number,
  details: DetailCount[],
  source: (count: HourCount) => string,
) =>
  insertRows(
    client,
    "ViewDetailHour",
    [
      { name: "storyId", type: "int", of: () => storyId },
      { name: "hour", type: "ms", of: (row) => row.hour },
      { name: "source", type: "text", of: source },
      { name: "dimension", type: "text", of: (row) => row.dimension },
      { name: "value", type: "text", of: (row) => row.value },
      { name: "views", type: "int", of: (row) => row.views },
    ],
    details,
  );

/** By default `counted` is true and `window` is null, which marks a row as history. */
const insertViewRows = (client: pg.Client, table: string, idColumn: string, rows: ViewRow[]) =>
  insertRows(
    client,
    table,
    [
      { name: idColumn, type: "int", of: (row) => row.targetId },
      { name: "viewer", type: "text", of: (row) => row.viewer },
      { name: "viewedAt", type: "ms", of: (row) => row.viewedAt },
      { name: "referrer", type: "text", of: (row) => row.referrer },
      { name: "device", type: "text", of: (row) => row.device },
    ],
    rows,
  );

/** Where the demo reader stopped, in four stories. */
async function insertPlaces(
  client: pg.Client,
  plans: StoryPlan[],
  calendar: Calendar,
  users: Map<string, number>,
) {
  const stories = plans.filter((plan) => plan.startedDaysAgo !== null).slice(0, 4);
  for (const [index, plan] of stories.entries()) {
    const chapter = Math.min(2 + index * 3, plan.chapters - plan.draftChapters);
    await client.query(
      `INSERT INTO "ReadingPlace" ("userId", "storyId", "chapterNumber", "at")
       SELECT $1, "id", $3, $4 FROM "Story" WHERE "slug" = $2`,
      [userId(users, "reader"), plan.slug, chapter, new Date(calendar.end - (index * 2 + 1) * DAY)],
    );
  }
}
