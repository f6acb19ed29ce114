import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReadingPlaces, startReadingPlaces } from "../../app/runtime/reading-place";
import type { PrismaClient } from "../../prisma/client/client";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let story: number;
let other: number;
let readers: number[];
let now: number;
let away: boolean;
/** Statements that were sent, and those of them that Postgres has answered. */
let statements: number;
let answered: number;
let errors: string[];
/** Called when a statement has been sent. */
let onStatement: () => void;
let places: ReadingPlaces;

beforeAll(async () => {
  database = await createTestDatabase();
  story = (await createStory(database.pool, "story", 3)).story.id;
  other = (await createStory(database.pool, "other")).story.id;
  const { rows } = await database.pool.query(
    `INSERT INTO "User" (email, name, "passwordHash") SELECT 'reader' || n || '@example.test', 'R', 'x' FROM generate_series(1, 300) n RETURNING id`,
  );
  readers = rows.map(({ id }) => id);
});
beforeEach(async () => {
  await database.pool.query(`TRUNCATE "ReadingPlace"`);
  now = 1_700_000_000_000;
  away = false;
  statements = 0;
  answered = 0;
  errors = [];
  onStatement = () => undefined;
  places = startReadingPlaces(
    watched(),
    (error) => errors.push(error.message),
    () => now,
  );
});
afterAll(() => database?.drop());

/** The real database, which can be cut off; statements are counted. */
const watched = () =>
  ({
    async $executeRaw(...args: Parameters<PrismaClient["$executeRaw"]>) {
      statements += 1;
      onStatement();
      if (away) throw new Error("Postgres is away");
      const rows = await database.db.$executeRaw(...args);
      answered += 1;
      return rows;
    },
  }) as unknown as PrismaClient;
const stored = async () =>
  (await database.db.readingPlace.findMany({ orderBy: [{ userId: "asc" }, { storyId: "asc" }] })).map(
    ({ userId, storyId, chapterNumber, at }) => [
      userId,
      storyId,
      chapterNumber,
      at.getTime() - 1_700_000_000_000,
    ],
  );

describe("reading places", () => {
  it("writes what gathers in a second in one statement", async () => {
    for (const reader of readers) places.opened(reader, story, 1);
    expect(statements, "not on the counting path").toBe(0);
    await until("they are written", async () => (await stored()).length === 300);
    expect(statements).toBe(1);
    await places.stop();
    expect(errors).toEqual([]);
  });

  it("writes a reader's chapter once a minute, and another chapter at once", async () => {
    const [reader = 0] = readers;
    const open = async (afterMs: number, chapter: number) => {
      now += afterMs;
      places.opened(reader, story, chapter);
      // Waits for the round that would write it.
      places.opened(readers[1] ?? 0, other, statements + 10);
      const before = answered;
      await until("a round", () => answered > before);
      return (await stored())[0]?.slice(2);
    };
    expect(await open(0, 1)).toEqual([1, 0]);
    expect(await open(59_999, 1), "a repeat").toEqual([1, 0]);
    expect(await open(1, 1)).toEqual([1, 60_000]);
    expect(await open(1, 2)).toEqual([2, 60_001]);
    expect(await open(1, 1)).toEqual([1, 60_002]);
    await places.stop();
  });

  it("keeps places while Postgres is away, reports that, and writes the last of each when it is back", async () => {
    away = true;
    places.opened(readers[0] ?? 0, story, 1);
    await until("it is reported", () => errors.includes("Postgres is away"));
    places.opened(readers[0] ?? 0, story, 2);
    away = false;
    await places.stop();
    expect(await stored()).toEqual([[readers[0], story, 2, 0]]);
  });

  it("keeps a place that a reader reaches during a write", async () => {
    places.opened(readers[0] ?? 0, story, 1);
    onStatement = () => places.opened(readers[0] ?? 0, story, 2);
    await places.stop();
    expect(await stored()).toEqual([[readers[0], story, 2, 0]]);
  });

  it("is bounded: beyond 20,000 the oldest are dropped, and that is reported", async () => {
    away = true;
    for (let reader = 1; reader <= 20_003; reader += 1) places.opened(reader + 1_000_000, story, 1);
    await until("it is reported", () => errors.some((message) => message.startsWith("3 reading places")));
    away = false;
    await places.stop();
    expect(errors.filter((message) => !message.includes("away"))).toHaveLength(1);
    expect(await stored(), "none of these readers exists").toEqual([]);
  });

  it("leaves out readers who were deleted, and never moves a place back in time", async () => {
    const [reader = 0] = readers;
    await database.db.readingPlace.create({
      data: { userId: reader, storyId: story, chapterNumber: 3, at: new Date(now + 5000) },
    });
    places.opened(reader, story, 1);
    places.opened(99_999_999, story, 1);
    places.opened(reader, other, 1);
    await places.stop();
    expect(errors).toEqual([]);
    expect(await stored()).toEqual([
      [reader, story, 3, 5000],
      [reader, other, 1, 0],
    ]);
  });
});
