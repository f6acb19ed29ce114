import { LRUCache } from "lru-cache";
import { every } from "~/platform/every";
import type { PrismaClient } from "../../prisma/client/client";

/** Remembers where signed-in readers stopped. */
export interface ReadingPlaces {
  /** Notes the chapter that a reader opened. It returns at once and writes later. */
  opened(userId: number, storyId: number, chapterNumber: number): void;
  /** Writes what is left, and stops. */
  stop(): Promise<void>;
}

interface Place {
  userId: number;
  storyId: number;
  chapterNumber: number;
  at: Date;
}

const WRITE_EVERY_MS = 1000;
/** The same reader in the same chapter of the same story is written once in this time, ms. */
const REPEAT_AFTER_MS = 60_000;
/** Places per statement. */
const MAX_ROWS = 2000;
/** Places that wait in memory while Postgres does not take them: a few megabytes. */
const MAX_WAITING = 20_000;
/** Readers whose last place is remembered, to leave out repeats. */
const MAX_REMEMBERED = 50_000;

/**
 * Gathers places and writes them once a second in one statement. Counting does not wait for it. While Postgres does not answer,
 * places wait, the newest of each reader and story; beyond 20,000 the oldest are dropped. `onError` gets each failed
 * write, and how many places were dropped.
 */
export function startReadingPlaces(
  db: PrismaClient,
  onError: (error: Error) => void,
  now: () => number = Date.now,
): ReadingPlaces {
  const waiting = new Map<string, Place>();
  const written = new LRUCache<string, { chapterNumber: number; at: number }>({ max: MAX_REMEMBERED });
  let dropped = 0;

  const keyOf = ({ userId, storyId }: Pick<Place, "userId" | "storyId">) => `${userId}/${storyId}`;

  function keep(place: Place) {
    const key = keyOf(place);
    // A map keeps the order of insertion, so the oldest place comes first.
    waiting.delete(key);
    waiting.set(key, place);
    const [oldest] = waiting.keys();
    if (waiting.size <= MAX_WAITING || oldest === undefined) return;
    waiting.delete(oldest);
    written.delete(oldest);
    dropped += 1;
  }

  async function write() {
    if (dropped > 0) onError(new Error(`${dropped} reading places were dropped: too many were waiting`));
    dropped = 0;
    while (waiting.size > 0) {
      const places = [...waiting.values()].slice(0, MAX_ROWS);
      await savePlaces(db, places);
      // A reader may have opened another chapter during the write.
      for (const place of places) if (waiting.get(keyOf(place)) === place) waiting.delete(keyOf(place));
    }
  }

  const stopWriting = every(WRITE_EVERY_MS, write, onError, { firstAfterMs: WRITE_EVERY_MS });

  return {
    opened(userId, storyId, chapterNumber) {
      const place = { userId, storyId, chapterNumber, at: new Date(now()) };
      const last = written.get(keyOf(place));
      if (last?.chapterNumber === chapterNumber && now() - last.at < REPEAT_AFTER_MS) return;
      written.set(keyOf(place), { chapterNumber, at: now() });
      keep(place);
    },
    async stop() {
      await stopWriting();
      await write().catch(onError);
    },
  };
}

/** Readers and stories that were deleted meanwhile are left out. Another process's later place stays. */
async function savePlaces(db: PrismaClient, places: Place[]) {
  await db.$executeRaw`
    INSERT INTO "ReadingPlace" AS p ("userId", "storyId", "chapterNumber", at)
    SELECT n.user_id, n.story_id, n.chapter, n.at
    FROM unnest(${places.map((place) => place.userId)}::int[], ${places.map((place) => place.storyId)}::int[],
      ${places.map((place) => place.chapterNumber)}::int[], ${places.map((place) => place.at.toISOString())}::timestamptz[])
      AS n(user_id, story_id, chapter, at)
    JOIN "User" u ON u.id = n.user_id JOIN "Story" s ON s.id = n.story_id
    ORDER BY 1, 2
    ON CONFLICT ("userId", "storyId") DO UPDATE SET "chapterNumber" = EXCLUDED."chapterNumber", at = EXCLUDED.at
      WHERE p.at <= EXCLUDED.at`;
}
