import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_RETENTION } from "../../app/shared/retention";
import { pruneOldRows } from "../../worker/retention";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() =>
  database.pool.query(
    `TRUNCATE "SyncRun", "ModeChange", "ProcessState", "LedgerEntry", "Delivery", "DeliveryAttempt", "AlertChannel", "JournalFile" RESTART IDENTITY CASCADE`,
  ),
);
afterAll(() => database?.drop());

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
/** Noon, UTC, of a day that long ago, and some minutes more. */
const noon = (days: number, minutes = 0) =>
  new Date(Math.floor((Date.now() - days * DAY_MS) / DAY_MS) * DAY_MS + DAY_MS / 2 + minutes * 60_000);

describe("old rows", () => {
  it("of sync runs go after 90 days, but never the latest hundred, nor the last good one", async () => {
    const { db } = database;
    const run = (days: number, error: string | null = "gone") => ({
      trigger: "schedule",
      startedAt: daysAgo(days),
      endedAt: daysAgo(days),
      error,
    });
    await db.syncRun.createMany({
      data: [
        run(300),
        run(250, null),
        run(200),
        ...Array.from({ length: 99 }, (_, i) => run(100 + i / 100)),
        run(1),
      ],
    });
    expect(await pruneOldRows(database.pool)).toBe(2);
    const left = await db.syncRun.findMany({ orderBy: { startedAt: "asc" } });
    expect(left).toHaveLength(101);
    expect(left[0]?.error, "the last good run").toBeNull();
    await db.syncRun.createMany({ data: Array.from({ length: 100 }, () => run(2)) });
    expect(await pruneOldRows(database.pool)).toBe(99);
    expect(await db.syncRun.count()).toBe(102);
  });

  it("of mode changes go after 90 days, but not the last one of a process that still runs", async () => {
    const { db } = database;
    const change = (process: string, days: number, to: string) => ({
      at: daysAgo(days),
      process,
      role: "web",
      from: "redis",
      to,
      reason: "",
    });
    await db.modeChange.createMany({
      data: [
        change("runs", 100, "database"),
        change("runs", 99, "redis"),
        change("ended", 98, "redis"),
        change("ended", 89, "database"),
      ],
    });
    await db.processState.create({
      data: { process: "runs", role: "web", startedAt: daysAgo(120), seenAt: new Date(), settings: {} },
    });
    expect(await pruneOldRows(database.pool)).toBe(2);
    const left = await db.modeChange.findMany({ orderBy: { at: "asc" } });
    expect(left.map(({ process, to }) => [process, to])).toEqual([
      ["runs", "redis"],
      ["ended", "database"],
    ]);
  });

  it("of the ledger are thinned to the last of each hour, then of each day, and go after two years", async () => {
    const { db } = database;
    const entry = (at: Date) => ({
      at,
      accepted: 1,
      synced: 1,
      buffered: 0,
      fallback: 0,
      journalled: 0,
      retracted: 0,
      knownLost: 0,
      drift: 0,
    });
    const kept = [noon(200, 90), noon(199, 5), noon(20, 59), noon(20, 61), noon(3, 1), noon(3, 2)];
    const all = [noon(800), noon(200), noon(200, 30), noon(199), noon(20), noon(20, 30), ...kept];
    for (const at of all.sort((a, b) => a.getTime() - b.getTime()))
      await db.ledgerEntry.create({ data: entry(at) });
    await pruneOldRows(database.pool);
    const left = await db.ledgerEntry.findMany({ orderBy: { at: "asc" } });
    expect(left.map(({ at }) => at)).toEqual(kept);
    await db.ledgerEntry.deleteMany({ where: { at: { gt: noon(900) } } });
    await db.ledgerEntry.create({ data: entry(noon(800)) });
    await pruneOldRows(database.pool);
    expect(await db.ledgerEntry.count(), "the newest stays, however old").toBe(1);
  });

  it("of finished deliveries go after 90 days with their attempts; one that waits stays", async () => {
    const { db } = database;
    const { id: channelId } = await db.alertChannel.create({
      data: { name: "c", kind: "slack", url: "https://x.test", host: "x.test", createdBy: "test" },
    });
    const deliver = (days: number, end: { deliveredAt?: Date; givenUpAt?: Date }) =>
      db.delivery.create({
        data: {
          channelId,
          event: "firing",
          body: {},
          createdAt: daysAgo(days),
          nextAt: daysAgo(days),
          ...end,
          log: {
            create: [
              { at: daysAgo(days), ms: 1 },
              { at: daysAgo(1), ms: 1 },
            ],
          },
        },
      });
    await deliver(91, { deliveredAt: daysAgo(91) });
    await deliver(91, { givenUpAt: daysAgo(50) });
    const waiting = await deliver(91, {});
    const recent = await deliver(89, { deliveredAt: daysAgo(89) });
    await pruneOldRows(database.pool);
    const left = await db.delivery.findMany({ orderBy: { id: "asc" }, include: { log: true } });
    expect(left.map(({ id, log }) => [id, log.length])).toEqual([
      [waiting.id, 1],
      [recent.id, 2],
    ]);
  });

  it("of journal files go after 90 days, unless lines are missing", async () => {
    const { db } = database;
    const file = (name: string, replayed: number, days: number) => ({
      file: name,
      process: "web",
      appended: 5,
      replayed,
      updatedAt: daysAgo(days),
    });
    await db.journalFile.createMany({
      data: [file("done", 5, 91), file("missing", 4, 91), file("recent", 5, 89)],
    });
    await pruneOldRows(database.pool);
    const left = await db.journalFile.findMany({ orderBy: { file: "asc" } });
    expect(left.map((row) => row.file)).toEqual(["missing", "recent"]);
  });

  it("go in small numbers per turn, oldest first", async () => {
    const { db } = database;
    await db.modeChange.createMany({
      data: Array.from({ length: 10 }, (_, i) => ({
        at: daysAgo(200 - i),
        process: "p",
        role: "web",
        from: "redis",
        to: "database",
        reason: String(i),
      })),
    });
    expect(await pruneOldRows(database.pool, undefined, 4)).toBe(4);
    expect((await db.modeChange.findFirst({ orderBy: { at: "asc" } }))?.reason).toBe("4");
    expect(await pruneOldRows(database.pool, undefined, 4)).toBe(4);
    expect(await pruneOldRows(database.pool, undefined, 4)).toBe(2);
    expect(await pruneOldRows(database.pool, undefined, 4)).toBe(0);
  });

  it("go by the days that operators chose", async () => {
    const { db } = database;
    await db.logInFailure.deleteMany();
    await db.logInFailure.createMany({
      data: [20, 10, 5].map((days) => ({ at: daysAgo(days), failures: 1 })),
    });
    expect(await pruneOldRows(database.pool, { ...DEFAULT_RETENTION, logInFailures: 7 })).toBe(2);
    expect(await db.logInFailure.count()).toBe(1);
  });

  it("of outages stay as long as operators have their month back from the archive", async () => {
    const { pool } = database;
    await pool.query(
      `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", "window", "reconciledAt", decided)
       VALUES (1, 'a', '2025-03-05T00:00Z', '[2025-03-05T00:00Z,2025-03-06T00:00Z)', '2025-03-07T00:00Z', true),
              (1, 'b', '2025-04-05T00:00Z', '[2025-04-05T00:00Z,2025-04-06T00:00Z)', '2025-04-07T00:00Z', true)`,
    );
    await pool.query(
      `INSERT INTO "ArchiveFile" (file, month, state, place, sha256) VALUES ('march', '2025-03-01T00:00Z', 'restored', '', ''),
         ('april', '2025-04-01T00:00Z', 'archived', '', '')`,
    );
    expect(await pruneOldRows(pool)).toBe(1);
    const { rows } = await pool.query(`SELECT viewer FROM "StoryView"`);
    expect(rows).toEqual([{ viewer: "a" }]);
    await pool.query(`UPDATE "ArchiveFile" SET state = 'archived'`);
    expect(await pruneOldRows(pool)).toBe(1);
  });
});
