import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { blameInPostgres } from "../../app/stores/postgres/blame";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { readJournalFiles, saveJournalFiles } from "../../app/telemetry/journal-files";
import { createOfferViews, type OfferViews, ViewsUndecided } from "../../app/tracker/offer-views";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { journalFolder, replayed, reportOf, views } from "../support/journal-folder";
import { createTestDatabase } from "../support/services";
import { anonymous, createStory, viewOf } from "../support/views";

const folder = journalFolder();
const { onlyFile, reopen, waitOut, fileHandleMethods } = folder;
const window = planWindow(24, 6);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let serial = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

describe("lines that no store takes", () => {
  const refuse = (...times: number[]): OfferViews => {
    return async (offered) =>
      offered.flatMap((view, index) =>
        times.includes(view.at ?? 0) ? [{ index, reason: "integer out of range" }] : [],
      );
  };

  it("go to a .rejected file, byte for byte, and stop nothing: not their file, not the files after it", async () => {
    const journal = await reopen();
    await journal.append(views(0, 3));
    await journal.close();
    const whole = readFileSync(onlyFile(), "utf8").split("\n");
    const poison = [
      // Another version's, an unknown field; missing fields; a flipped bit; a time that no store has.
      whole[0]?.replace('"at"', '"weight":2,"at"'),
      whole[0]?.replace('"device":"desktop"', '"device":null'),
      whole[0]?.replace(/\["story",7,7,/, '["story",7,null,'),
      whole[0]?.replace('"at":1', '"at":-1'),
      whole[0]?.slice(1),
    ];
    expect(new Set([...poison, whole[0]]).size).toBe(6);
    writeFileSync(onlyFile(), [whole[0], ...poison, whole[1], whole[2], ""].join("\n"));
    const next = await reopen();
    await next.append(views(10, 12));
    const result = await next.replay(refuse(1_700_000_000_001));
    expect(result).toMatchObject({ replayed: 4, torn: 0, failures: [], interrupted: null });
    expect(result.rejections.map(({ reason }) => reason)).toEqual([
      ...poison.map(() => "it is not a view"),
      "integer out of range",
    ]);
    const rejected = onlyFile();
    expect(rejected).toMatch(/\.rejected$/);
    expect(readFileSync(rejected, "utf8").split("\n")).toEqual([...poison, whole[1], ""]);
    expect(next.size()).toBe(0);
    await next.tend();
    expect(next.setAside()).toBe(6);
    // An operator offers it again, once the reason is gone.
    renameSync(rejected, path.join(folder.path(), "again.jsonl"));
    await waitOut(next);
    expect(next.setAside()).toBe(0);
    expect(await replayed(next)).toMatchObject({ replayed: 1 });
    await next.tend();
    expect(next.setAside()).toBe(5);
  });

  it("are flushed before the place moves past them, so that a crash cannot lose them", async () => {
    const journal = await reopen();
    await journal.append(views(0, 3));
    const methods = await fileHandleMethods();
    vi.spyOn(methods, "datasync").mockRejectedValueOnce(new Error("EIO: i/o error"));
    const result = await journal.replay(refuse(1_700_000_000_001));
    expect(result.failures).toMatchObject([{ error: { message: "EIO: i/o error" } }]);
    expect(journal.size(), "kept for the next round").toBe(3);
    expect(await journal.replay(refuse(1_700_000_000_001))).toMatchObject({ replayed: 2, failures: [] });
  });

  it("a file that cannot be read, or whose views are in doubt, does not end the round", async () => {
    const first = await reopen();
    await first.append(views(0, 2));
    await first.close();
    const journal = await reopen();
    await journal.append(views(2, 4));
    const seen: (number | undefined)[] = [];
    const result = await journal.replay(async (offered) => {
      if (offered[0]?.at === 1_700_000_000_000) throw new ViewsUndecided("undefined column");
      seen.push(...offered.map((view) => view.at));
      return [];
    });
    expect(result.failures).toMatchObject([{ error: { message: "undefined column" } }]);
    expect(seen).toEqual([1_700_000_000_002, 1_700_000_000_003]);
    expect(journal.size()).toBe(2);
  });

  it("a view that Postgres cannot count is set aside, and all others of its chunk are counted", async () => {
    const { story: target } = await createStory(database.pool, `journal-${serial++}`);
    const { story: full } = await createStory(database.pool, `journal-${serial++}`);
    // Room for one more view of that story.
    await database.pool.query(
      `ALTER TABLE "Story" ADD CONSTRAINT nearly_full CHECK (id <> ${full.id} OR "readCount" <= 1)`,
    );
    const journal = await reopen();
    const from = Date.now() - HOUR_MS;
    const journalled = [target, full, target, full, target].map((one, i) =>
      viewOf([one], anonymous(`full:${i}`), from + i),
    );
    await journal.append(journalled);
    const offer = createOfferViews({
      redis: null,
      database: {
        store: createDatabaseViews(database.pool, window),
        breaker: { state: () => ({ open: false, since: 0, reason: "" }) },
        blame: blameInPostgres,
        size: 500,
      },
      preference: () => ({ redis: false }),
    });
    const result = await journal.replay(offer);
    await database.pool.query(`ALTER TABLE "Story" DROP CONSTRAINT nearly_full`);
    expect(result).toMatchObject({ replayed: 4, failures: [], interrupted: null });
    expect(result.rejections).toMatchObject([
      { reason: expect.stringContaining("violates check constraint") },
    ]);
    const { rows } = await database.pool.query(
      `SELECT id, "readCount"::int AS n FROM "Story" WHERE id = ANY($1)`,
      [[target.id, full.id]],
    );
    expect(new Map(rows.map(({ id, n }) => [id, n]))).toEqual(
      new Map([
        [target.id, 3],
        [full.id, 1],
      ]),
    );
  });
});

describe("the counts of journal files", () => {
  it("add up in Postgres at every step: appended = replayed + rejected + torn + waiting", async () => {
    const journal = await reopen();
    await journal.append(views(0, 700));
    const save = (reports: Parameters<typeof saveJournalFiles>[2]) =>
      saveJournalFiles(database.db, "web-host-1", reports);
    await journal.report(save);
    expect(await readJournalFiles(database.db)).toMatchObject([
      { appended: 700, replayed: 0, waiting: 700, missing: 0 },
    ]);
    const steps: number[] = [];
    await journal.replay(
      async () => [{ index: 0, reason: "refused" }],
      async () => {
        await journal.report(save);
        const { rows } = await database.pool.query(`SELECT appended, replayed, rejected FROM "JournalFile"`);
        expect(rows).toMatchObject([{ appended: 700, rejected: steps.push(0) }]);
      },
    );
    expect(steps).toHaveLength(2);
    await journal.tend();
    await journal.report(save);
    expect(await readJournalFiles(database.db)).toMatchObject([
      {
        appended: 700,
        replayed: 698,
        rejected: 2,
        torn: 0,
        waiting: 0,
        missing: 0,
        setAside: 2,
        process: "web-host-1",
      },
    ]);
    await database.pool.query(`DELETE FROM "JournalFile"`);
  });

  it("show a file that vanished with its machine as missing", async () => {
    const journal = await reopen();
    await journal.append(views(0, 7));
    await journal.report((reports) => saveJournalFiles(database.db, "web-gone-1", reports));
    await database.pool.query(`UPDATE "JournalFile" SET "updatedAt" = now() - interval '61 seconds'`);
    expect(await readJournalFiles(database.db)).toMatchObject([
      { waiting: 0, missing: 7, process: "web-gone-1" },
    ]);
    await database.pool.query(`DELETE FROM "JournalFile"`);
  });

  it("are reported in the end, though Postgres was away when the file ended", async () => {
    const journal = await reopen();
    await journal.append(views(0, 3));
    const away = () => Promise.reject(new Error("Postgres is away"));
    await replayed(journal);
    await expect(journal.report(away)).rejects.toThrow("away");
    expect(await reportOf(journal)).toMatchObject([{ appended: 3, replayed: 3 }]);
    expect(await reportOf(journal), "once").toEqual([]);
  });

  it("count lines that were written but never acknowledged, once they are replayed", async () => {
    const writer = await reopen();
    await writer.append(views(0, 2));
    await writer.close();
    appendFileSync(onlyFile(), readFileSync(onlyFile()).subarray(0, 40));
    const next = await reopen();
    await replayed(next);
    expect(await reportOf(next)).toMatchObject([{ appended: 3, replayed: 2, torn: 1 }]);
  });
});
