import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { campaignReferrer } from "../../app/ingest/campaign";
import { numberTypes } from "../../app/platform/row-numbers";
import { formatLine, parseLine } from "../../app/stores/journal/line";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { parseField } from "../../app/tracker/hour-buffer";
import type { ViewStore } from "../../app/tracker/ports";
import { allShards } from "../../app/tracker/shard";
import type { PlacedTarget } from "../../app/tracker/view";
import { planWindow } from "../../app/tracker/window";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";

const window = planWindow(24, 6, "request");
/** 10:00 UTC on a day that no other test uses. */
const TEN = Date.UTC(2031, 6, 5, 10);
/** Campaigns that a story keeps by name per hour, as it does sites. */
const MOST = 100;

/** What both stores count of each campaign and site: views per value. */
type Counted = Record<string, number>;

const stores = [
  {
    name: "Redis",
    async open() {
      const database = await createTestDatabase();
      const { redis } = await connectTestRedis(1);
      const store = createRedisViews(redis, window);
      const counted = async (storyId: number) => {
        const sums: Counted = {};
        for (const shard of allShards)
          for (const { birth } of (await store.readShard(shard)).buffers)
            for await (const counts of store.walk(shard, birth))
              for (const [field, views] of counts) {
                const parsed = parseField(field);
                if (
                  parsed?.type === "detail" &&
                  parsed.storyId === storyId &&
                  parsed.dimension === "referrer"
                )
                  sums[parsed.value] = (sums[parsed.value] ?? 0) + views;
              }
        return sums;
      };
      const close = async () => {
        redis.disconnect();
        await database.drop();
      };
      return { store: store as ViewStore, database, counted, close };
    },
  },
  {
    name: "Postgres",
    async open() {
      const database = await createTestDatabase();
      const pool = new pg.Pool({ connectionString: database.url, types: numberTypes });
      // Dropping the database cuts connections that are still closing.
      pool.on("error", () => undefined);
      const counted = async (storyId: number) => {
        const { rows } = await pool.query<{ value: string; views: number }>(
          `SELECT value, sum(views)::int AS views FROM "ViewDetailHour" WHERE "storyId" = $1 AND dimension = 'referrer' GROUP BY 1`,
          [storyId],
        );
        return Object.fromEntries(rows.map(({ value, views }) => [value, views])) as Counted;
      };
      const close = async () => {
        await pool.end();
        await database.drop();
      };
      return { store: createDatabaseViews(pool, window), database, counted, close };
    },
  },
];

describe.each(stores)("campaigns in a view store on $name", ({ open }) => {
  let opened: Awaited<ReturnType<typeof open>>;
  let serial = 0;
  const newStory = async () => (await createStory(opened.database.pool, `story-${serial++}`)).story;
  const record = (story: PlacedTarget, referrers: string[]) =>
    recordAll(
      opened.store,
      referrers.map((referrer, reader) => ({
        ...viewOf([story], anonymous(reader.toString(16)), TEN),
        referrer,
      })),
    );
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  it("are counted beside sites, each view once", async () => {
    const story = await newStory();
    const launch = campaignReferrer({ source: "Mastodon", medium: "social", name: "Book Launch" }) as string;
    const foreign = campaignReferrer({ source: "Чтение", name: "書 ñ 𝒳" }) as string;
    await record(story, [launch, launch, foreign, "news.example", "direct", launch]);
    expect(await opened.counted(story.id)).toEqual({
      "campaign:mastodon/social/book-launch": 3,
      "campaign:чтение//書-ñ-x": 1,
      "news.example": 1,
      direct: 1,
    });
  });

  it("are as long as they may be, and still one", async () => {
    const story = await newStory();
    const long = campaignReferrer({
      source: "𐐨".repeat(99),
      medium: "e".repeat(99),
      name: "ß".repeat(99),
    }) as string;
    await record(story, [long, long]);
    expect(await opened.counted(story.id)).toEqual({ [long]: 2 });
  });

  it("are kept by name up to a limit per hour; the views of others count as other sites", async () => {
    const story = await newStory();
    await record(
      story,
      Array.from({ length: MOST + 40 }, (_, n) => `campaign:made-up-${n}//`),
    );
    const counted = await opened.counted(story.id);
    expect(Object.keys(counted)).toHaveLength(MOST + 1);
    expect(counted.other).toBe(40);
  });

  it("come back from the journal as they were", async () => {
    const story = await newStory();
    const referrer = campaignReferrer({
      source: "𐐨".repeat(99),
      medium: "email",
      name: "x".repeat(99),
    }) as string;
    const line = formatLine({ ...viewOf([story], anonymous("a"), TEN), referrer }, window.daysBefore);
    const view = parseLine(Buffer.from(line));
    if (!view) throw new Error("the journal does not understand its own line");
    await recordAll(opened.store, [view]);
    expect(await opened.counted(story.id)).toEqual({ [referrer]: 1 });
  });
});
