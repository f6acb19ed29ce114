import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { erasePerson } from "../../app/auth/personal-data/erase-person";
import { fileName } from "../../app/stores/archive/archive-month";
import { archiveDirectory } from "../../app/stores/archive/directory";
import { restoreFile } from "../../app/stores/archive/restore-file";
import { runArchive } from "../../app/stores/archive/run-archive";
import { countReaderRows, forgetViewers } from "../../app/stores/postgres/forget-viewers";
import { planWindow } from "../../app/tracker/window";
import { archiveFolder, monthsAgo, type PlantedView, plantViews, readRowsOfViews } from "../support/archive";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof archiveFolder>;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  folder = archiveFolder();
});
afterEach(() => folder.remove());
afterAll(() => database?.drop());

const OLD = monthsAgo(14);
const everything = () =>
  readdirSync(folder.dir)
    .filter((name) => !name.startsWith("."))
    .map((name) => {
      const bytes = readFileSync(path.join(folder.dir, name));
      return name.endsWith(".gz") ? gunzipSync(bytes).toString() : bytes.toString();
    })
    .join("");

it("no file ever holds the key of a signed-in reader, so an erased person is in none, and none has to change", async () => {
  const { pool } = database;
  const reader = await database.db.user.create({
    data: { email: "them@example.test", name: "Them", passwordHash: "x" },
  });
  const { story, chapters } = await createStory(pool, "read-long-ago");
  const key = `s${story.id}.u${reader.id}`;
  const view = (more: Partial<PlantedView>): PlantedView => ({
    kind: "story",
    target: story.id,
    at: OLD,
    ...more,
  });
  await plantViews(pool, [
    view({ viewer: key }),
    view({ viewer: key, at: new Date(OLD.getTime() + 60_000), outage: true }),
    view({ kind: "chapter", target: chapters[0]?.id ?? 0, viewer: `c${chapters[0]?.id}.u${reader.id}` }),
    view({ at: new Date(OLD.getTime() + 120_000) }),
  ]);
  const archive = () => runArchive(pool, { place: archiveDirectory(folder.dir), afterMonths: 12 });

  expect(await archive(), "the month waits for housekeeping").toBe(0);
  expect(everything()).toBe("");
  expect(await forgetViewers(pool, planWindow(24, 6))).toBe(3);
  const before = await readRowsOfViews(pool);
  expect(await archive()).toBe(1);
  const stored = everything();
  expect(stored).toContain(`"target" : ${story.id}`);
  expect(stored).not.toContain(`.u${reader.id}`);

  await erasePerson({ pool, memory: null, queue: null }, reader.id, { reassignTo: null });
  expect(everything(), "an erasure needs no file").toBe(stored);
  const name = fileName(OLD);
  const place = archiveDirectory(folder.dir);
  await restoreFile(pool, { name, open: () => place.read(name), dryRun: false });
  expect(await readRowsOfViews(pool)).toEqual(before);
  expect(await countReaderRows(pool, reader.id), "nothing of them comes back").toBe(0);
});
