import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { fileName } from "../../app/stores/archive/archive-month";
import { archiveBucket } from "../../app/stores/archive/bucket";
import { restoreFile } from "../../app/stores/archive/restore-file";
import { runArchive } from "../../app/stores/archive/run-archive";
import { monthsAgo, plantViews, readBooks, readRowsOfViews, someViews } from "../support/archive";
import { startS3Server } from "../support/s3-server";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let store: Awaited<ReturnType<typeof startS3Server>>;
let before: string[];
const OLD = monthsAgo(20);
const NAME = fileName(OLD);
const KEY = `tide mark/${NAME}`;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  store = await startS3Server();
  await database.pool.query(
    `TRUNCATE "ArchiveFile", "ArchiveRound", "StoryView", "ChapterView", "ViewHour", "User" CASCADE`,
  );
  const { story, chapters } = await createStory(database.pool, "in-a-bucket");
  await plantViews(database.pool, someViews(OLD, { story: story.id, chapter: chapters[0]?.id ?? 0 }, 3000));
  before = await readRowsOfViews(database.pool);
});
afterEach(() => store.close());
afterAll(() => database?.drop());

const rows = () => readRowsOfViews(database.pool);
const archive = (options = store.options) =>
  runArchive(database.pool, { place: archiveBucket(options), afterMonths: 12 });
const restore = (options = store.options) =>
  restoreFile(database.pool, { name: NAME, open: () => archiveBucket(options).read(NAME), dryRun: false });

it("an S3-compatible store takes the files and gives them back", async () => {
  const books = await readBooks(database.pool);
  expect(await archive()).toBe(1);
  expect([...store.objects.keys()].sort()).toEqual([KEY, `${KEY}.json`].sort());
  expect(await rows()).toEqual([]);
  expect(await restore()).toMatchObject({ present: 0, missing: 3000 });
  expect(await rows()).toEqual(before);
  expect(await readBooks(database.pool)).toEqual(books);
});

const failures: [string, () => unknown, RegExp][] = [
  [
    "refuses",
    () => store.broken.set("PUT", { status: 403, body: "<Error><Message>Access Denied</Message></Error>" }),
    /HTTP 403, Access Denied/,
  ],
  ["is full", () => store.broken.set("PUT", { status: 507, body: "" }), /HTTP 507/],
  ["cannot be read", () => store.broken.set("GET", { status: 403, body: "" }), /refused to hand out/],
  ["is away", () => store.close(), /cannot be reached: connect ECONNREFUSED/],
];
it.each(failures)("a store that %s takes no row, and the round says why", async (_, spoil, why) => {
  await spoil();
  await expect(archive()).rejects.toThrow(why);
  expect(await rows()).toEqual(before);
  const { rows: round } = await database.pool.query(`SELECT error FROM "ArchiveRound"`);
  expect(round[0].error).toMatch(why);
  expect(round[0].error).not.toContain(store.options.secretAccessKey);
});

it("with a wrong secret nothing is stored, and no row leaves", async () => {
  await expect(archive({ ...store.options, secretAccessKey: "another" })).rejects.toThrow(/HTTP 403/);
  expect(store.objects.size).toBe(0);
  expect(await rows()).toEqual(before);
});

it("an object that is gone or changed restores nothing", async () => {
  await archive();
  const stored = store.objects.get(KEY) ?? Buffer.alloc(0);
  const changed = Buffer.from(stored);
  changed[200] = (changed[200] ?? 0) ^ 1;
  store.objects.set(KEY, changed);
  await expect(restore()).rejects.toThrow(/cannot be read to its end|is not the file|is damaged/);
  store.objects.delete(KEY);
  await expect(restore()).rejects.toThrow(/has no views-/);
  expect(await rows()).toEqual([]);
  store.objects.set(KEY, stored);
  await restore();
  expect(await rows()).toEqual(before);
});
