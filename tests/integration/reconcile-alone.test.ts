import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { planWindow } from "../../app/tracker/window";
import { scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";
import { needBuild, startWeb } from "../support/web-process";

const scratch = scratchDirectory("reconcile-alone");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>;

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  redis = await connectTestRedis(12);
}, 120_000);
afterAll(async () => {
  redis?.redis.disconnect();
  await database?.drop();
  scratch.remove();
});

it("rows are compared with Redis by web processes alone, one at a time, however long the worker is away", async () => {
  const { story } = await createStory(database.pool, "alone");
  const views = Array.from({ length: 40 }, (_, reader) => viewOf([story], anonymous(reader)));
  await recordAll(createDatabaseViews(database.pool, planWindow(24, 6)), views);
  const settings = (name: string) => ({
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    JOURNAL_DIR: path.join(scratch.dir, name),
    VIEW_RECONCILE_INTERVAL_SECONDS: "0.2",
  });
  const webs = await Promise.all(["one", "two"].map((name) => startWeb(settings(name))));
  try {
    const waiting = async () =>
      (
        await database.pool.query<{ rows: number }>(
          `SELECT count(*)::int AS rows FROM "StoryView" WHERE "reconciledAt" IS NULL`,
        )
      ).rows[0]?.rows;
    await until("every row is reconciled", async () => (await waiting()) === 0);
    const findReports = () =>
      webs.flatMap((web) => web.logs.filter(({ msg }) => /reconciled with Redis/.test(msg)));
    await until("it is logged", () => findReports().length > 0);
    const reports = findReports();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ rows: 40, retracted: 0 });
    // A process that found the lock taken, or nothing to do, says nothing.
    expect(
      webs.flatMap((web) => web.logs.filter(({ msg }) => /reconcile was|left for the next/.test(msg))),
    ).toEqual([]);
  } finally {
    await Promise.all(webs.map((web) => web.stop()));
  }
}, 60_000);
