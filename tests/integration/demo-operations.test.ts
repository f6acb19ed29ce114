import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDemoUntil } from "../../app/platform/demo-until";
import { balance } from "../../app/telemetry/ledger/balance";
import { readAccounts } from "../../app/telemetry/ledger/read-accounts";
import { allShards } from "../../app/tracker/shard";
import { seed } from "../../prisma/seed";
import { createCalendar } from "../../prisma/seed/calendar";
import { createTimeline } from "../../prisma/seed/operations/timeline";
import { createTestDatabase } from "../support/services";

type Database = Awaited<ReturnType<typeof createTestDatabase>>;
const databases: Database[] = [];
afterAll(() => Promise.all(databases.map((each) => each.drop())));

async function seeded(now: Date, size: "demo" | "small"): Promise<Database> {
  const database = await createTestDatabase();
  databases.push(database);
  await seed(database.url, { now, size, operations: true });
  return database;
}

const rowsOf = async <Row extends pg.QueryResultRow>(
  { pool }: Database,
  sql: string,
  values: unknown[] = [],
) => (await pool.query<Row>(sql, values)).rows;

/** Hours in which two tables say something else, from the start of the timeline on. */
const differences = (database: Database, samples: string, history: string, from: Date) =>
  rowsOf(
    database,
    `SELECT hour, s.views AS samples, h.views AS history
     FROM (SELECT date_trunc('hour', at, 'UTC') AS hour, sum(${samples})::int AS views FROM "Sample" GROUP BY 1) s
     FULL JOIN (SELECT hour, sum(views)::int AS views FROM ${history} GROUP BY 1) h USING (hour)
     WHERE hour >= $1 AND COALESCE(s.views, 0) <> COALESCE(h.views, 0)`,
    [from],
  );

/** An empty Redis. */
const NO_SHARDS = allShards.map(() => ({
  ledger: "",
  accepted: 0,
  taught: 0,
  buffers: [],
  ended: [],
})) as unknown as Parameters<typeof balance>[2];

// The end of a day, just after midnight, and within an hour: the rows that age differently lie elsewhere each time.
describe.each([
  ["2026-03-04T23:59:30Z", "small"],
  ["2026-03-05T00:12:00Z", "small"],
  ["2026-03-04T12:34:56Z", "demo"],
] as const)("what the demo's operators see, seeded at %s (%s)", (at, size) => {
  let database: Database;
  const now = new Date(at);
  const calendar = createCalendar(now, size);
  const timeline = createTimeline(calendar);
  beforeAll(async () => {
    database = await seeded(now, size);
  }, 120_000);

  it("has the same views in its samples as in its history, hour by hour", async () => {
    const from = new Date(timeline.from);
    expect(await differences(database, "redis + database", `"ViewHour"`, from)).toEqual([]);
    const excluded = `(SELECT * FROM "ViewDetailHour" WHERE dimension = 'excluded') d`;
    expect(await differences(database, "excluded", excluded, from)).toEqual([]);
    const [sum] = await rowsOf<{ views: number }>(database, `SELECT sum(redis)::int AS views FROM "Sample"`);
    expect(sum?.views).toBeGreaterThan(1000);
  });

  it("accounts for every view, though today's Redis has none of them", async () => {
    const { ledger } = balance(
      now,
      await readAccounts((statement) => database.db.$queryRawUnsafe(statement)),
      NO_SHARDS,
      new Map(),
    );
    const [history] = await rowsOf<{ views: number; fallback: number }>(
      database,
      `SELECT sum(views)::int AS views, COALESCE(sum(views) FILTER (WHERE source = 'db'), 0)::int AS fallback
       FROM "ViewHour" WHERE source <> 'history'`,
    );
    expect(ledger).toMatchObject({ drift: 0, knownLost: 0, buffered: 0, accepted: history?.views });
    expect(ledger.fallback).toBe((history?.fallback ?? 0) + ledger.retracted);
    const [last] = await rowsOf<{ accepted: string }>(
      database,
      `SELECT accepted FROM "LedgerEntry" ORDER BY id DESC LIMIT 1`,
    );
    expect(Number(last?.accepted), "the last sync stored the same").toBe(ledger.accepted);
    const [runs] = await rowsOf<{ views: number }>(
      database,
      `SELECT sum(views)::int AS views FROM "SyncRun"`,
    );
    expect(runs?.views).toBe(ledger.synced);
  });

  it("has a row for each view that Postgres counted, all of them reconciled", async () => {
    const [rows] = await rowsOf<{ counted: number; open: number }>(
      database,
      `SELECT (count(*) FILTER (WHERE counted))::int AS counted, (count(*) FILTER (WHERE "reconciledAt" IS NULL))::int AS open
       FROM (SELECT counted, "reconciledAt" FROM "StoryView" WHERE "window" IS NOT NULL
         UNION ALL SELECT counted, "reconciledAt" FROM "ChapterView" WHERE "window" IS NOT NULL) v`,
    );
    const [history] = await rowsOf<{ views: number }>(
      database,
      `SELECT COALESCE(sum(views), 0)::int AS views FROM "ViewHour" WHERE source = 'db'`,
    );
    expect(rows).toEqual({ counted: history?.views, open: 0 });
  });

  it("was down in the outage that its readers had, and counted in Postgres in the freeze and the drills", async () => {
    const { outage } = calendar;
    const down = await rowsOf(
      database,
      `SELECT at FROM "Sample" WHERE at < $2 AND at + make_interval(secs => span) > $1`,
      [new Date(outage.from), new Date(outage.to)],
    );
    expect(down).toEqual([]);
    const away = await rowsOf<{ process: string; from: Date; to: Date }>(
      database,
      `SELECT process, at AS "from", (SELECT min(at) FROM "ModeChange" b WHERE b.process = m.process AND b.at > m.at) AS "to"
       FROM "ModeChange" m WHERE "to" = 'database' AND process LIKE 'web-%' ORDER BY at`,
    );
    const spans = [...timeline.drills, timeline.freeze].sort((a, b) => a.from - b.from);
    expect(away.map(({ from, to }) => ({ from: from.getTime(), to: to.getTime() }))).toEqual(spans);
  });

  it("has a failed sync with its retry, a pause with a reason, and nothing that still needs attention", async () => {
    const [failed] = await rowsOf<{ id: number; at: Date }>(
      database,
      `SELECT id, "startedAt" AS at FROM "SyncRun" WHERE error IS NOT NULL`,
    );
    const [retry] = await rowsOf(database, `SELECT error FROM "SyncRun" WHERE trigger LIKE $1`, [
      `retry of run ${failed?.id} by user %`,
    ]);
    expect(retry).toEqual({ error: null });
    const actions = await rowsOf<{ action: string; reason: string | null }>(
      database,
      `SELECT action, reason FROM "AuditEvent" WHERE action LIKE 'sync.%' ORDER BY at`,
    );
    expect(actions.map(({ action }) => action)).toEqual([
      "sync.interval",
      "sync.retry",
      "sync.pause",
      "sync.skip",
      "sync.resume",
      "sync.run",
    ]);
    expect(actions.every(({ reason }) => reason)).toBe(true);
    const alerts = await rowsOf(database, `SELECT phase, count(*)::int FROM "Alert" GROUP BY 1`);
    expect(alerts).toEqual([{ phase: "resolved", count: 4 }]);
    expect(await readDemoUntil(database.db)).toEqual(new Date(timeline.to));
  });

  it("says nothing about times after its end", async () => {
    for (const [table, column] of [
      ["Sample", "at"],
      ["ModeChange", "at"],
      ["SyncRun", `startedAt`],
      ["Alert", `resolvedAt`],
      ["AuditEvent", "at"],
      ["Drill", "endedAt"],
    ])
      expect(
        await rowsOf(database, `SELECT "${column}" FROM "${table}" WHERE "${column}" > $1`, [
          new Date(timeline.to),
        ]),
        table,
      ).toEqual([]);
  });
});

it("is the same for the same time", async () => {
  const now = new Date("2026-03-04T12:34:56Z");
  const print = async (database: Database) =>
    rowsOf(
      database,
      `SELECT (SELECT md5(string_agg(s::text, '' ORDER BY id)) FROM "Sample" s) AS samples,
         (SELECT md5(string_agg(a::text, '' ORDER BY id)) FROM "AuditEvent" a) AS audit,
         (SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM "SyncRun" r) AS runs`,
    );
  expect(await print(await seeded(now, "small"))).toEqual(await print(await seeded(now, "small")));
}, 60_000);
