import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLedgerPanel } from "../../app/pages/overview/panels/ledger";
import type { Runtime } from "../../app/runtime/create-runtime";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { quiesce, readAs } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;
let runtime: Runtime;
const scratch = scratchDirectory("outage-ledger");

const start = () =>
  createTestRuntime({
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    REDIS_URL: redis.url,
    VIEW_REDIS_TIMEOUT_MS: "400",
    VIEW_DATABASE_TIMEOUT_MS: "4000",
  });
const panel = () => readLedgerPanel(database.db, runtime.readLedger);

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startOwnRedis()]);
  await createStory(database.pool, "between-two-tides");
  runtime = await start();
  await runtime.warmUp();
});
afterAll(async () => {
  await runtime?.close();
  await redis?.remove();
  await database?.drop();
  scratch.remove();
});

describe("the ledger in an outage", () => {
  it("has the last of Redis and what Postgres holds since, after restarts too, and adds up again when Redis is back", async () => {
    expect(await readLedgerPanel(database.db, async () => null)).toMatchObject({ ledger: null, live: false });
    // A chapter read also counts for its story, so it is two views.
    for (const reader of [1, 2]) await readAs(runtime.countView, "between-two-tides", reader, 1);
    if (runtime.redisViews) await quiesce(database.pool, runtime.redisViews);
    for (const reader of [3, 4, 5]) await readAs(runtime.countView, "between-two-tides", reader, 1);
    const before = Date.now();
    await until("Postgres knows what Redis has accepted", async () => {
      const { _sum } = await database.db.redisLedger.aggregate({ _sum: { accepted: true } });
      return _sum.accepted === 10n;
    });
    await redis.stop();
    await until("it counts in Postgres", () => runtime.mode().mode === "database");
    await readAs(runtime.countView, "between-two-tides", 6, 1);

    const known = { accepted: 12, synced: 4, buffered: 6, fallback: 2, retracted: 0, drift: 0 };
    const outage = await panel();
    expect(outage).toMatchObject({ live: false, ledger: known });
    expect(outage.redisAt?.getTime()).toBeGreaterThanOrEqual(before - 1000);
    expect(outage.redisAt?.getTime()).toBeLessThanOrEqual(Date.now());

    await runtime.close();
    runtime = await start();
    expect(await panel()).toMatchObject({ live: false, ledger: known, redisAt: outage.redisAt });

    await redis.start();
    await until("Redis is asked again", async () => (await panel()).live);
    expect((await panel()).ledger).toMatchObject(known);
  });
});
