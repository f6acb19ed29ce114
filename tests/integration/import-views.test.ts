import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { undoImport } from "../../scripts/import-views/manage";
import { combinedLine, countPlainly, type PlainVisit } from "../support/import-model";
import {
  countDifferences,
  createTales,
  importFolder,
  readEverything,
  readTales,
  runImport,
  TALES_MAP,
} from "../support/import-site";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof importFolder>;
beforeAll(async () => {
  database = await createTestDatabase();
  await createTales(database.pool, 3);
});
beforeEach(async () => {
  folder = importFolder();
  await database.pool.query(
    `TRUNCATE "ViewImport", "ViewImportFile", "ImportedVisit", "ImportMemory", "ViewHour", "ViewDetailHour", "StaleDay", "VoidedViews"`,
  );
  await database.pool.query(`UPDATE "Story" SET "readCount" = 0, status = 'PUBLISHED'`);
  await database.pool.query(`UPDATE "Chapter" SET "readCount" = 0`);
});
afterEach(async () => {
  expect(await countDifferences(database.pool), "totals equal their history").toBe(0);
  folder.remove();
});
afterAll(() => database?.drop());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 2, 1, 9);
const visit = (at: number, reader = 1, story = 0, chapter = 0): PlainVisit => ({
  at,
  reader,
  story,
  chapter,
});
const log = (visits: PlainVisit[]) => visits.map((each) => `${combinedLine(each)}\n`).join("");
const run = (files: string[], options?: Parameters<typeof runImport>[2]) =>
  runImport(database.pool, files, options);
const counts = () => readTales(database.pool);

describe("windows", () => {
  it("counts a week of one reader as seven reads, of the story and of the chapter", async () => {
    const visits = Array.from({ length: 7 }, (_, day) => [
      visit(START + day * DAY, 1, 0, 1),
      visit(START + day * DAY + 5 * HOUR, 1, 0, 1),
    ]).flat();
    const report = await run([folder.write("access.log", log(visits))]);
    expect(report).toMatchObject({ visits: 14, storyViews: 7, chapterViews: 7, months: { "2025-03": 7 } });
    expect((await counts()).get("story 0")).toBe(7);
    expect((await counts()).get("chapter 0.1")).toBe(7);
  });

  it("knows a reader who is in two files, and in two imports, whichever comes first", async () => {
    const first = [visit(START), visit(START + 30 * HOUR)];
    const second = [visit(START + 2 * HOUR), visit(START + 26 * HOUR), visit(START + 31 * HOUR)];
    const expected = countPlainly([...first, ...second], DAY);
    await run([folder.write("b.log", log(second))]);
    await run([folder.write("a.log", log(first))]);
    expect(await counts()).toEqual(expected);
    const { rows } = await database.pool.query(`SELECT count(*)::int AS imports FROM "ViewImport"`);
    expect(rows[0].imports).toBe(2);
  });

  it("counts a line that two overlapping files have once", async () => {
    const visits = Array.from({ length: 40 }, (_, i) => visit(START + i * 3 * HOUR, i % 7, i % 3, i % 3));
    await run([folder.write("a.log", log(visits.slice(0, 30)))]);
    await run([folder.write("b.log", log(visits.slice(10)))]);
    expect(await counts()).toEqual(countPlainly(visits, DAY));
  });

  it("takes lines in any order", async () => {
    const visits = Array.from({ length: 60 }, (_, i) => visit(START + ((i * 37) % 60) * 2 * HOUR, i % 3));
    await run([folder.write("access.log", log(visits))]);
    expect(await counts()).toEqual(countPlainly(visits, DAY));
  });
});

describe("running it again", () => {
  const visits = Array.from({ length: 50 }, (_, i) => visit(START + i * 5 * HOUR, i % 4, i % 3, i % 3));

  it("changes nothing: not the counts, and not the audit", async () => {
    const file = folder.write("access.log", log(visits));
    await run([file]);
    const before = await readEverything(database.pool);
    const events = () => database.db.auditEvent.count({ where: { action: "views.import" } });
    const eventsBefore = await events();
    const again = await run([file]);
    expect(again).toMatchObject({
      lines: 0,
      knownLines: 50,
      newRows: 0,
      moved: { storyViews: 0, chapterViews: 0 },
    });
    // A packed copy under another name has nothing new, either.
    await run([folder.write("copy.gz", gzipSync(log(visits)))]);
    expect(await readEverything(database.pool)).toEqual(before);
    expect(await events()).toBe(eventsBefore);
  });

  it("goes on where it was when the file has grown, in the same import", async () => {
    const { import: first } = await run([folder.write("access.log", log(visits.slice(0, 20)))]);
    const report = await run([folder.write("access.log", log(visits))]);
    expect(report).toMatchObject({ import: first, lines: 30, knownLines: 20 });
    expect(await counts()).toEqual(countPlainly(visits, DAY));
  });

  it("completes a last line that was being written", async () => {
    const text = log(visits);
    const report = await run([folder.write("access.log", text.slice(0, -40))]);
    expect(report.malformed).toBe(1);
    await run([folder.write("access.log", text)]);
    expect(await counts()).toEqual(countPlainly(visits, DAY));
  });

  it("refuses a file that was imported with another map, and says what to do", async () => {
    const file = folder.write("access.log", log(visits));
    const { import: id } = await run([file]);
    const before = await readEverything(database.pool);
    await expect(run([file], { map: `${TALES_MAP}\nauthors: [203.0.113.2]\n` })).rejects.toThrow(
      `access.log: was imported with another map or other options (import ${id}), so its lines would now mean something else. Undo that first: npm run import-views -- --undo ${id}`,
    );
    expect(await readEverything(database.pool)).toEqual(before);
  });

  it("leaves nothing behind of a map that matches nothing, so that the right one can follow", async () => {
    const file = folder.write("access.log", log(visits));
    const wrong = await run([file], { map: "pages: [/stories/:story]" });
    expect(wrong).toMatchObject({ import: null, unmatched: 50, visits: 0, storyViews: 0 });
    expect(Object.keys(wrong.unmatchedPages)).toContain("/s/tale-0");
    await run([file]);
    expect(await counts()).toEqual(countPlainly(visits, DAY));
  });
});

describe("a dry run", () => {
  it("says what the import then comes to, and changes nothing", async () => {
    const visits = Array.from({ length: 50 }, (_, i) => visit(START + i * 5 * HOUR, i % 4, i % 3, i % 3));
    await run([folder.write("a.log", log(visits.slice(0, 30)))]);
    const before = await readEverything(database.pool);
    const kept = () => database.pool.query(`SELECT count(*) FROM "ImportedVisit"`);
    const keptBefore = await kept();
    const b = folder.write("b.log", log(visits.slice(20)));
    const tried = await run([b], { args: ["--dry-run"] });
    expect(await readEverything(database.pool)).toEqual(before);
    expect((await kept()).rows).toEqual(keptBefore.rows);
    expect(await database.db.viewImport.count()).toBe(1);
    const done = await run([b]);
    const { import: _, dryRun: __, ...rest } = tried;
    expect(done).toMatchObject(rest);
    expect(done.storyViews).toBeGreaterThan(0);
  });
});

describe("undo", () => {
  it("restores every number exactly, and the same file can be imported again", async () => {
    const mine = Array.from({ length: 40 }, (_, i) => visit(START + i * 7 * HOUR, i % 5, i % 3, i % 3));
    const theirs = Array.from({ length: 40 }, (_, i) => visit(START + i * 6 * HOUR, i % 5, i % 3, i % 2));
    await run([folder.write("mine.log", log(mine))]);
    const before = await readEverything(database.pool);
    const file = folder.write("theirs.log", log(theirs));
    const { import: id } = await run([file]);
    const both = await readEverything(database.pool);
    expect(both).not.toEqual(before);
    expect(await undoImport(database.pool, id as number, true)).toMatch(
      /would take out .* Nothing was changed\./,
    );
    expect(await readEverything(database.pool)).toEqual(both);
    expect(await undoImport(database.pool, id as number, false)).toMatch(/is undone: /);
    expect(await readEverything(database.pool)).toEqual(before);
    expect(await undoImport(database.pool, id as number, false)).toMatch(/nothing was left to take out/);
    await run([file]);
    expect(await counts()).toEqual(countPlainly([...mine, ...theirs], DAY));
  });

  it("counts readers of the undone import again where another one knows them", async () => {
    const early = [visit(START)];
    const late = [visit(START + HOUR)];
    const { import: first } = await run([folder.write("early.log", log(early))]);
    await run([folder.write("late.log", log(late))]);
    expect(await counts()).toEqual(countPlainly([...early, ...late], DAY));
    await undoImport(database.pool, first as number, false);
    expect(await counts()).toEqual(countPlainly(late, DAY));
  });

  it("refuses where voided hours have its views", async () => {
    const { import: id } = await run([folder.write("access.log", log([visit(START)]))]);
    await database.pool.query(
      `INSERT INTO "ViewHour" SELECT kind, "targetId", hour, 'void:1', -views FROM "ViewHour"`,
    );
    await database.pool.query(`UPDATE "Story" SET "readCount" = 0`);
    await expect(undoImport(database.pool, id as number, false)).rejects.toThrow(/voided hours.*tale-0/);
  });
});
