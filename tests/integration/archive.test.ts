import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withArchiveLock } from "../../app/stores/archive/archive-lock";
import { fileName } from "../../app/stores/archive/archive-month";
import { archiveDirectory } from "../../app/stores/archive/directory";
import { writeLines } from "../../app/stores/archive/month-file";
import { restoreFile } from "../../app/stores/archive/restore-file";
import { type ArchiveOptions, ArchiveStopped, runArchive } from "../../app/stores/archive/run-archive";
import { ended } from "../../scripts/services/process";
import {
  archiveFolder,
  monthsAgo,
  plantViews,
  readBooks,
  readRowsOfViews,
  someViews,
} from "../support/archive";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof archiveFolder>;
let target: { story: number; chapter: number };
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  folder = archiveFolder();
  const { story, chapters } = await createStory(database.pool, `story-${Date.now()}`);
  target = { story: story.id, chapter: chapters[0]?.id ?? 0 };
});
afterEach(async () => {
  folder.remove();
  await database.pool.query(
    `TRUNCATE "ArchiveFile", "ArchiveRound", "StoryView", "ChapterView", "ViewHour", "StoryWindow", "ChapterWindow", "User" CASCADE`,
  );
});
afterAll(() => database?.drop());

const OLD = monthsAgo(14);
const OLDER = monthsAgo(15);
/** Rows of a month: more than two batches of a kind. */
const MANY = 7500;

const archive = (options: Partial<ArchiveOptions> = {}) =>
  runArchive(database.pool, { place: archiveDirectory(folder.dir), afterMonths: 12, ...options });
const restore = (name: string, options: { dryRun?: boolean; from?: string } = {}) =>
  restoreFile(database.pool, {
    name,
    open: async () => createReadStream(options.from ?? path.join(folder.dir, name)),
    dryRun: options.dryRun ?? false,
  });
const plant = (month: Date, count = 60) => plantViews(database.pool, someViews(month, target, count));
const rows = () => readRowsOfViews(database.pool);
const files = async () =>
  (await database.pool.query(`SELECT * FROM "ArchiveFile" ORDER BY month, file`)).rows;
const refused = async () =>
  (await database.pool.query(`SELECT refused FROM "ArchiveRound"`)).rows[0].refused as {
    month: string;
    why: string;
  }[];
const linesOf = (file: string) =>
  gunzipSync(readFileSync(path.join(folder.dir, file)))
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("rows older than the setting", () => {
  it("leave for one file per month, with a checksum and a description, and no count changes", async () => {
    await plant(OLD);
    await plant(OLDER, 30);
    await plant(monthsAgo(12), 20);
    await plant(monthsAgo(2), 10);
    const [before, books] = [await rows(), await readBooks(database.pool)];
    expect(await archive()).toBe(2);
    expect(await readBooks(database.pool)).toEqual(books);
    const left = await rows();
    expect(left).toHaveLength(30);
    const stored = await files();
    expect(stored.map(({ file, state }) => [file, state])).toEqual([
      [fileName(OLDER), "archived"],
      [fileName(OLD), "archived"],
    ]);
    const lines = stored.flatMap(({ file }) => linesOf(file));
    expect(lines.length + left.length).toBe(before.length);
    for (const entry of stored) {
      const bytes = readFileSync(path.join(folder.dir, entry.file));
      expect(entry.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
      const own = linesOf(entry.file);
      const count = (kind: string, all: boolean) =>
        own.filter((line) => line.kind === kind && (all || line.counted)).length;
      expect(entry).toMatchObject({
        bytes: bytes.length,
        storyRows: count("story", true),
        chapterRows: count("chapter", true),
        storyViews: count("story", false),
        chapterViews: count("chapter", false),
      });
      const described = JSON.parse(readFileSync(path.join(folder.dir, `${entry.file}.json`), "utf8"));
      expect(described).toMatchObject({ format: 1, sha256: entry.sha256, storyRows: entry.storyRows });
    }
    expect(await archive(), "a second round has nothing to do").toBe(0);
    expect(await files()).toEqual(stored);
  });

  it("come back exactly as they were, stay, and can leave again", async () => {
    await plant(OLD, MANY);
    const [before, books] = [await rows(), await readBooks(database.pool)];
    await archive();
    const name = fileName(OLD);
    expect(await restore(name, { dryRun: true })).toMatchObject({ present: 0, missing: MANY });
    expect(await rows(), "a dry run changes nothing").toEqual([]);
    expect(await restore(name)).toMatchObject({ present: 0, missing: MANY });
    expect(await rows()).toEqual(before);
    expect(await restore(name), "a second time").toMatchObject({ present: MANY, missing: 0 });
    expect(await rows()).toEqual(before);
    expect(await archive(), "the month stays until it is let go").toBe(0);
    expect(await readBooks(database.pool)).toEqual(books);
    await database.pool.query(`UPDATE "ArchiveFile" SET state = 'deleting' WHERE file = $1`, [name]);
    expect(await archive()).toBe(1);
    expect(await rows()).toEqual([]);
    expect(await readBooks(database.pool)).toEqual(books);
  });

  it("that came after their month was archived get a file of their own", async () => {
    await plant(OLD);
    await archive();
    await plantViews(database.pool, [
      { kind: "story", target: target.story, at: new Date(OLD.getTime() + 5) },
    ]);
    expect(await archive()).toBe(1);
    expect((await files()).map(({ file }) => file).sort()).toEqual([fileName(OLD, 2), fileName(OLD)].sort());
    expect(await rows()).toEqual([]);
  });
});

it("whatever the views are, each is in one place, and a naive count of it all agrees with the books", async () => {
  const view = fc.record({
    kind: fc.constantFrom("story" as const, "chapter" as const),
    months: fc.integer({ min: 10, max: 16 }),
    minute: fc.integer({ min: 0, max: 27 * 24 * 60 }),
    counted: fc.boolean(),
    outage: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(view, { minLength: 1, maxLength: 80 }), async (drawn) => {
      await database.pool.query(`TRUNCATE "ArchiveFile", "StoryView", "ChapterView", "ViewHour"`);
      await database.pool.query(`UPDATE "Story" SET "readCount" = 0`);
      await database.pool.query(`UPDATE "Chapter" SET "readCount" = 0`);
      // The run before may have had nothing to archive, and so no folder.
      rmSync(folder.dir, { recursive: true, force: true });
      const views = drawn.map(({ months, minute, ...rest }) => ({
        ...rest,
        months,
        target: target[rest.kind],
        at: new Date(monthsAgo(months).getTime() + minute * 60_000),
      }));
      await plantViews(database.pool, views);
      await archive();
      const due = views.filter(({ months }) => months > 12);
      const stored = (await files()).flatMap(({ file }) => linesOf(file));
      const sorted = (some: { kind: string; at: number }[]) =>
        some.map(({ kind, at }) => `${at} ${kind}`).sort();
      expect(sorted(stored.map(({ kind, viewedAt }) => ({ kind, at: Date.parse(viewedAt) })))).toEqual(
        sorted(due.map(({ kind, at }) => ({ kind, at: at.getTime() }))),
      );
      expect(await rows()).toHaveLength(views.length - due.length);
      const books = await readBooks(database.pool);
      for (const kind of ["story", "chapter"] as const) {
        const counted = views.filter((one) => one.kind === kind && one.counted).length;
        const hours = books.hours.filter((hour) => hour.kind === kind);
        expect(hours.reduce((sum, hour) => sum + hour.views, 0)).toBe(counted);
        const totals = kind === "story" ? books.stories : books.chapters;
        expect(totals.reduce((sum, total) => sum + total.readCount, 0)).toBe(counted);
      }
    }),
    { numRuns: 12 },
  );
});

describe("rows of outages", () => {
  it("leave although some of their hour were pruned, and hours without any row hold nothing up", async () => {
    await plant(OLD);
    await database.pool.query(
      `DELETE FROM "StoryView" WHERE id = (SELECT min(id) FROM "StoryView" WHERE "window" IS NOT NULL)`,
    );
    await database.pool.query(`INSERT INTO "ViewHour" VALUES ('story', $1, $2, 'history', 5)`, [
      target.story + 1,
      OLD,
    ]);
    expect(await archive()).toBe(1);
    expect(await rows()).toEqual([]);
  });
});

describe("a month stays in the tables", () => {
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    [
      "while an hour of it is not in the history",
      () =>
        database.pool.query(
          `DELETE FROM "ViewHour" WHERE hour = (SELECT min(hour) FROM "ViewHour" WHERE source = 'history')`,
        ),
      /has 0 views.*npm run backfill/,
    ],
    [
      "while an hour of an outage has fewer views than rows",
      () =>
        database.pool.query(
          `UPDATE "ViewHour" SET views = views - 1 WHERE source = 'db' AND hour = (SELECT min(hour) FROM "ViewHour" WHERE source = 'db')`,
        ),
      /hours differ in all/,
    ],
    [
      "while an hour of its history has views of which only some have rows",
      () =>
        database.pool.query(
          `UPDATE "ViewHour" SET views = views + 1 WHERE source = 'history' AND hour = (SELECT min(hour) FROM "ViewHour" WHERE source = 'history')`,
        ),
      /hours differ in all/,
    ],
    [
      "while reconcile has not compared its rows",
      () => database.pool.query(`UPDATE "StoryView" SET "reconciledAt" = NULL WHERE "window" IS NOT NULL`),
      /wait for reconcile/,
    ],
    [
      "while a row holds a signed-in reader's key",
      () =>
        database.pool.query(
          `UPDATE "ChapterView" SET viewer = 's1.u8' WHERE id = (SELECT min(id) FROM "ChapterView")`,
        ),
      /key of a signed-in reader/,
    ],
  ];
  it.each(cases)("%s, and the others leave", async (_, spoil, why) => {
    await plant(OLDER);
    await spoil();
    const before = await rows();
    await plant(OLD, 20);
    expect(await archive()).toBe(1);
    expect(await rows()).toEqual(before);
    expect(await refused()).toEqual([
      { month: OLDER.toISOString().slice(0, 7), why: expect.stringMatching(why) },
    ]);
    expect((await files()).filter(({ state }) => state === "archived")).toHaveLength(1);
  });

  it("when its file's name is taken by another site", async () => {
    await plant(OLD);
    const before = await rows();
    writeFileSync(path.join(folder.dir, fileName(OLD)), "another site's");
    expect(await archive()).toBe(0);
    expect(await rows()).toEqual(before);
    expect(readFileSync(path.join(folder.dir, fileName(OLD)), "utf8")).toBe("another site's");
    expect((await refused())[0]?.why).toMatch(/did not write/);
  });
});

const STEPS: [string, number][] = [
  ["archive-chosen", 1],
  ["archive-day", 9],
  ["archive-written", 1],
  ["archive-put", 1],
  ["archive-described", 1],
  ["archive-read-back", 1],
  ["archive-stored", 1],
  ["archive-verified", 1],
  ["archive-deleting", 1],
  ["archive-deleted", 1],
  ["archive-deleting", 3],
  ["archive-done", 1],
];

async function dieAt(work: string, label: string, nth: number) {
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      "tests/support/archive-victim.ts",
      database.url,
      folder.dir,
      work,
      label,
      String(nth),
    ],
    { stdio: "inherit" },
  );
  expect(await ended(child), `dies at ${label}`).toEqual({ code: null, signal: "SIGKILL" });
  // Postgres notices the end of the connection a moment later.
  await until(
    "the lock is free",
    async () => (await withArchiveLock(database.pool, async () => true)) === true,
  );
}

describe("a kill loses nothing and doubles nothing", () => {
  it.each(STEPS)("of the archive at %s, the %sth time", async (label, nth) => {
    await plant(OLD, MANY);
    const [before, books] = [await rows(), await readBooks(database.pool)];
    await dieAt("archive", label, nth);
    const entry = (await files())[0];
    const left = new Set(await rows());
    // Whatever is not in the tables any more is in a file that is known and whole.
    if (left.size < before.length) expect(["deleting", "archived"]).toContain(entry.state);
    else expect([...left]).toEqual(before);
    expect(await archive()).toBe(label === "archive-done" ? 0 : 1);
    expect(await rows()).toEqual([]);
    expect(readdirSync(folder.dir).filter((name) => name.endsWith(".gz"))).toEqual([fileName(OLD)]);
    expect(linesOf(fileName(OLD))).toHaveLength(MANY);
    expect(await readBooks(database.pool)).toEqual(books);
    await restore(fileName(OLD));
    expect(await rows()).toEqual(before);
  });

  it.each<[string, number]>([
    ["restore-begun", 1],
    ["restore-inserting", 2],
    ["restore-batch", 2],
    ["restore-inserted", 1],
  ])("of a restore at %s", async (label, nth) => {
    await plant(OLD, MANY);
    const [before, books] = [await rows(), await readBooks(database.pool)];
    await archive();
    await dieAt(fileName(OLD), label, nth);
    expect(await archive(), "the archive does not take back what is half restored").toBe(0);
    await restore(fileName(OLD));
    expect(await rows()).toEqual(before);
    expect(await readBooks(database.pool)).toEqual(books);
  });
});

describe("the file is trusted only as far as it was read", () => {
  const damage: [string, (place: string) => void, RegExp][] = [
    ["missing", (place) => rmSync(place), /ENOENT|cannot be read/],
    [
      "cut off",
      (place) => writeFileSync(place, readFileSync(place).subarray(0, -40)),
      /cannot be read to its end/,
    ],
    [
      "changed in one row",
      (place) => {
        const text = gunzipSync(readFileSync(place))
          .toString()
          .replace('"counted" : true', '"counted" : false');
        writeFileSync(place, gzipSync(text));
      },
      /checksum|counted views/,
    ],
    ["not an archive", (place) => writeFileSync(place, "hello"), /cannot be read to its end/],
  ];
  it.each(damage)("a %s file restores nothing", async (_, spoil, why) => {
    await plant(OLD);
    await archive();
    spoil(path.join(folder.dir, fileName(OLD)));
    await expect(restore(fileName(OLD))).rejects.toThrow(why);
    expect(await rows()).toEqual([]);
    expect((await files())[0].state).toBe("archived");
  });

  it.each(damage)(
    "a file that is %s by the time its rows are deleted takes no row away",
    async (_, spoil) => {
      await plant(OLD, MANY);
      const before = await rows();
      const step = (label: string) => {
        if (label === "archive-stored") spoil(path.join(folder.dir, fileName(OLD)));
      };
      await archive({ step }).catch((error: Error) => expect(error.message).toMatch(/ENOENT/));
      expect(await rows()).toEqual(before);
    },
  );

  it("a file that its place gives back changed is not accepted", async () => {
    await plant(OLD);
    const before = await rows();
    const step = (label: string) => {
      if (label === "archive-described") damage[2]?.[1](path.join(folder.dir, fileName(OLD)));
    };
    expect(await archive({ step })).toBe(0);
    expect((await refused())[0]?.why).toMatch(/Its rows stay/);
    expect(await rows()).toEqual(before);
  });

  it("a row that changed after it was written stays, and so do those after it", async () => {
    await plant(OLD, MANY);
    const step = async (label: string) => {
      if (label !== "archive-verified") return;
      await database.pool.query(
        `UPDATE "StoryView" SET device = 'desktop' WHERE id = (SELECT max(id) FROM "StoryView")`,
      );
    };
    await archive({ step });
    const left = await database.pool.query(`SELECT device FROM "StoryView" WHERE device = 'desktop'`);
    expect(left.rows).toHaveLength(1);
    expect((await refused())[0]?.why).toMatch(/differs from its line/);
  });

  it("a restore refuses when a row that is there differs, and changes nothing", async () => {
    await plant(OLD);
    const before = await rows();
    await archive();
    await restore(fileName(OLD));
    await database.pool.query(`DELETE FROM "StoryView" WHERE id = (SELECT min(id) FROM "StoryView")`);
    await database.pool.query(
      `UPDATE "StoryView" SET viewer = 'other' WHERE id = (SELECT max(id) FROM "StoryView")`,
    );
    await expect(restore(fileName(OLD))).rejects.toThrow(/differs from .* Nothing was changed/);
    expect(await rows()).toHaveLength(before.length - 1);
  });

  it("only the database that archived a file restores it", async () => {
    await plant(OLD);
    await archive();
    await database.pool.query(`TRUNCATE "ArchiveFile"`);
    await expect(restore(fileName(OLD))).rejects.toThrow(/archived no file of this name/);
  });
});

describe("the archive stops", () => {
  it("between two batches when it is paused, and goes on from there", async () => {
    await plant(OLD, MANY);
    const before = await rows();
    let deleted = 0;
    const step = (label: string) => {
      if (label === "archive-deleted") deleted += 1;
    };
    await expect(archive({ step, isStopped: () => deleted === 2 })).rejects.toThrow(ArchiveStopped);
    const half = await rows();
    expect(half.length).toBeLessThan(before.length);
    expect(half.length).toBeGreaterThan(0);
    expect((await files())[0]).toMatchObject({ state: "deleting", done: before.length - half.length });
    expect(await archive()).toBe(1);
    await restore(fileName(OLD));
    expect(await rows()).toEqual(before);
  });

  it.runIf(existsSync("/dev/full"))("when the disk is full, and no row leaves", async () => {
    await plant(OLD, MANY);
    const before = await rows();
    const lines = async function* () {
      yield "x".repeat(1_000_000);
    };
    await expect(writeLines("/dev/full", lines())).rejects.toThrow(/ENOSPC/);
    // The local file of the month is on a disk without room.
    const place = archiveDirectory(folder.dir);
    const scratch = async () => {
      const made = await place.scratch();
      symlinkSync("/dev/full", path.join(made, fileName(OLD)));
      return made;
    };
    await expect(archive({ place: { ...place, scratch } })).rejects.toThrow(/ENOSPC/);
    expect(await rows()).toEqual(before);
    const { rows: round } = await database.pool.query(`SELECT error FROM "ArchiveRound"`);
    expect(round[0].error).toMatch(/ENOSPC/);
    expect(await archive(), "and goes on when there is room").toBe(1);
    expect((await database.pool.query(`SELECT error FROM "ArchiveRound"`)).rows[0].error).toBeNull();
  });

  it("at once when another process is at it", async () => {
    await plant(OLD);
    const before = await rows();
    await withArchiveLock(database.pool, async () => {
      expect(await archive()).toBeNull();
      expect(await rows()).toEqual(before);
    });
    expect(await Promise.all([archive(), archive()])).toContain(1);
    expect(await rows()).toEqual([]);
    expect(linesOf(fileName(OLD))).toHaveLength(before.length);
  });
});
