import { afterAll, beforeAll, expect, it } from "vitest";
import { bucketIndex, emptyBuckets } from "../../app/shared/histogram";
import { closeRowsWithoutRedis } from "../../app/stores/postgres/fallback-rows";
import { planWindow } from "../../app/tracker/window";
import { thinSamples } from "../../worker/housekeeping";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function latencies(...measured: number[]) {
  const buckets = emptyBuckets();
  for (const latency of measured) buckets[bucketIndex(latency)] = (buckets[bucketIndex(latency)] ?? 0) + 1;
  return buckets;
}

it("thins old samples into sums, latency bucket by latency bucket, and leaves recent ones unchanged", async () => {
  const { db } = database;
  const row = (at: string, process: string, redis: number, latencyBuckets: number[]) => ({
    at: new Date(at),
    span: 10,
    process,
    role: "web",
    mode: "redis",
    redis,
    latencyBuckets,
  });
  await db.sample.createMany({
    data: [
      row("2026-03-01T10:00:00Z", "web-1", 3, latencies(900, 900, 90_000)),
      row("2026-03-01T10:00:10Z", "web-1", 2, latencies(800, 20_000_000)),
      row("2026-03-01T10:00:10Z", "web-2", 1, latencies(4000)),
      { ...row("2026-03-01T10:02:00Z", "web-1", 4, []), latencyP50Us: 1, latencyP99Us: 2 },
      row("2026-03-02T10:00:00Z", "web-1", 7, latencies(900)),
    ],
  });
  await thinSamples(database.pool, new Date("2026-03-02T00:00:00Z"), 60);
  const samples = await db.sample.findMany({ orderBy: [{ at: "asc" }, { process: "asc" }] });
  expect(samples).toMatchObject([
    { span: 60, process: "web-1", redis: 5, latencyBuckets: latencies(900, 900, 90_000, 800, 20_000_000) },
    { span: 60, process: "web-2", redis: 1, latencyBuckets: latencies(4000) },
    { span: 60, process: "web-1", redis: 4, latencyBuckets: [], latencyP50Us: null, latencyP99Us: null },
    { span: 10, process: "web-1", redis: 7, latencyBuckets: latencies(900) },
  ]);
});

it("closes a site's rows whose window is over when it counts without Redis, and deletes its old repeats", async () => {
  const { pool } = database;
  await pool.query(
    `INSERT INTO "StoryView" ("storyId", viewer, "otherKeys", "viewedAt", counted, "window")
     SELECT 1, hours || '/' || reader, '{a,b}', at, reader % 2 = 0, tstzrange(at, at + interval '1 day')
     FROM generate_series(1, 1200) AS reader, unnest(ARRAY[1, 25]) AS hours,
       LATERAL (SELECT now() - make_interval(hours => hours) AS at) AS t`,
  );
  expect(await closeRowsWithoutRedis(pool, planWindow(24, 6))).toBe(1200);
  const { rows } = await pool.query(
    `SELECT "viewedAt" < now() - interval '1 day' AS old, counted, count(*)::int AS rows,
       (count(*) FILTER (WHERE "otherKeys" IS NULL))::int AS "keysGone", (count(*) FILTER (WHERE "reconciledAt" IS NULL))::int AS open
     FROM "StoryView" GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  expect(rows).toEqual([
    { old: false, counted: false, rows: 600, keysGone: 0, open: 600 },
    { old: false, counted: true, rows: 600, keysGone: 0, open: 600 },
    { old: true, counted: true, rows: 600, keysGone: 600, open: 0 },
  ]);
  expect(await closeRowsWithoutRedis(pool, planWindow(24, 6))).toBe(0);
});
