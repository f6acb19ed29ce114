import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readSameAge } from "../../app/pages/story-analytics/readers/read-same-age";
import { COMPARED_MS } from "../../app/pages/story-analytics/readers/same-age";
import { createRandom } from "../../prisma/seed/random";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const first = Date.UTC(2026, 0, 5, 14);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let ids: number[];

beforeAll(async () => {
  database = await createTestDatabase();
  ids = (await createStory(database.pool, "tide", 4)).chapters.map(({ id }) => id);
});
beforeEach(() => database.pool.query(`TRUNCATE "ViewHour"`));
afterAll(() => database?.drop());

const idOf = (chapter: number) => ids[chapter - 1] ?? 0;
const addViews = (rows: { chapter: number; at: number; views: number; source?: string }[]) =>
  database.db.viewHour.createMany({
    data: rows.map(({ chapter, at, views, source = "r:a" }) => ({
      ...{ kind: "chapter", targetId: idOf(chapter), hour: new Date(at), source, views },
    })),
  });
/** Chapters published so many days after the first one, at half past. */
const published = (...days: (number | null)[]) =>
  days.map((day, index) => ({
    id: ids[index] ?? 0,
    publishedAt: day === null ? null : new Date(first + day * DAY + HOUR / 2),
  }));

it("compares a small story as by hand, over all sources", async () => {
  await addViews([
    // Chapter 1: 100 reads in its first 30 days, 40 of them in the first two, and 900 later, which do not matter.
    { chapter: 1, at: first, views: 30 },
    { chapter: 1, at: first + 2 * DAY - HOUR, views: 10, source: "db" },
    { chapter: 1, at: first + 2 * DAY, views: 20 },
    { chapter: 1, at: first + 30 * DAY - HOUR, views: 40, source: "i:1" },
    { chapter: 1, at: first + 30 * DAY, views: 900 },
    // Chapter 2: 60 in its first 30 days, 24 of them in the first two.
    { chapter: 2, at: first + 7 * DAY, views: 24 },
    { chapter: 2, at: first + 10 * DAY, views: 36 },
    // Chapter 3 is two days old: 12 reads.
    { chapter: 3, at: first + 98 * DAY, views: 12 },
  ]);
  const steps = await readSameAge(database.db, published(0, 7, 98), new Date(first + 100 * DAY + HOUR / 4));
  const share = (chapter: number, of: "ofPrevious" | "ofFirst") => {
    const step = steps.get(idOf(chapter))?.[of];
    return step && [step.reads, step.baseReads, step.share, step.ageMs / DAY];
  };
  expect(steps.get(idOf(1))).toMatchObject({ own: { reads: 100 }, ofPrevious: null, ofFirst: null });
  expect(share(2, "ofPrevious")).toEqual([60, 100, 0.6, 30]);
  expect(share(3, "ofPrevious")).toEqual([12, 24, 0.5, 2]);
  expect(share(3, "ofFirst")).toEqual([12, 40, 0.3, 2]);
});

it("says nothing of chapters from before the history, of drafts, and before the first sync", async () => {
  await addViews([{ chapter: 2, at: first + 7 * DAY, views: 5 }]);
  const nothing = { own: null, ofPrevious: null, ofFirst: null };
  const steps = await readSameAge(database.db, published(0, 7, null), new Date(first + 9 * DAY));
  expect(steps.get(idOf(1)), "published a week before the first hour that is known").toEqual(nothing);
  expect(steps.get(idOf(2))).toMatchObject({ own: { reads: 5 }, ofPrevious: null, ofFirst: null });
  expect(steps.get(idOf(3))).toEqual(nothing);
  expect((await readSameAge(database.db, published(7, 8), new Date(0))).get(idOf(1))).toEqual(nothing);
  await database.pool.query(`TRUNCATE "ViewHour"`);
  expect((await readSameAge(database.db, published(0, 7), new Date(first + 9 * DAY))).get(idOf(2))).toEqual(
    nothing,
  );
});

it.each([1, 2, 3, 4, 5])("agrees with a naive sum over random histories (%i)", async (seed) => {
  const random = createRandom(seed);
  const days = [0, random.between(0, 40), random.between(0, 40), random.between(0, 80)];
  const until = first + random.between(1, 100 * 24) * HOUR;
  const hours = new Map<string, { chapter: number; at: number; views: number }>();
  for (let n = 0; n < 400; n += 1) {
    const chapter = random.between(1, 4);
    const at = first + ((days[chapter - 1] ?? 0) * 24 + random.between(0, 40 * 24)) * HOUR;
    if (at < until) hours.set(`${chapter}/${at}`, { chapter, at, views: random.between(1, 50) });
  }
  // The history starts no later than the first chapter.
  hours.set(`1/${first}`, { chapter: 1, at: first, views: 1 });
  await addViews([...hours.values()]);
  const steps = await readSameAge(database.db, published(...days), new Date(until));
  const naive = (chapter: number, base: number) => {
    const ages = [chapter, base].map((one) => until - first - (days[one - 1] ?? 0) * DAY);
    const age = Math.min(COMPARED_MS, ...ages);
    if (age <= 0) return null;
    const reads = (one: number) =>
      [...hours.values()]
        .filter((row) => row.chapter === one && row.at - first - (days[one - 1] ?? 0) * DAY < age)
        .reduce((sum, { views }) => sum + views, 0);
    const [mine, theirs] = [reads(chapter), reads(base)];
    return { reads: mine, baseReads: theirs, share: theirs > 0 ? mine / theirs : null };
  };
  for (const chapter of [2, 3, 4])
    for (const [of, base] of [
      ["ofPrevious", chapter - 1],
      ["ofFirst", 1],
    ] as const) {
      const expected = naive(chapter, base);
      const found = steps.get(idOf(chapter))?.[of];
      if (expected) expect(found, `${of} of ${chapter}`).toMatchObject(expected);
      else expect(found, `${of} of ${chapter}`).toBeNull();
    }
});
