import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Action } from "../../app/console/action";
import { performAction } from "../../app/console/dispatch-action";
import { ARCHIVE_ACTIONS } from "../../app/pages/archive/actions";
import { readArchive } from "../../app/pages/archive/read-archive";
import type { Runtime } from "../../app/runtime/create-runtime";
import { DEFAULT_RETENTION } from "../../app/shared/retention";
import { fileName } from "../../app/stores/archive/archive-month";
import { archiveDirectory } from "../../app/stores/archive/directory";
import { restoreFile } from "../../app/stores/archive/restore-file";
import { startArchive } from "../../worker/archive";
import {
  archiveFolder,
  monthsAgo,
  plantViews,
  readBooks,
  readRowsOfViews,
  someViews,
} from "../support/archive";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof archiveFolder>;
let worker: Runtime;
let stop: (() => Promise<void>) | undefined;
const scratch = scratchDirectory("archive-worker");
const OLD = monthsAgo(14);
const ROWS = 9000;
const user = { id: 1, name: "Ola", email: "ola@example.test" };

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  folder = archiveFolder();
  const { story, chapters } = await createStory(database.pool, `archived-${Date.now()}`);
  await plantViews(database.pool, someViews(OLD, { story: story.id, chapter: chapters[0]?.id ?? 0 }, ROWS));
  worker = await createTestRuntime(
    { DATABASE_URL: database.url, JOURNAL_DIR: scratch.dir, ARCHIVE_URL: pathToFileURL(folder.dir).href },
    "worker",
  );
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await worker.close();
  folder.remove();
  await database.pool.query(
    `TRUNCATE "ArchiveFile", "ArchiveRound", "StoryView", "ChapterView", "ViewHour", "User", "Setting" CASCADE`,
  );
});
afterAll(async () => {
  await database?.drop();
  scratch.remove();
});

/** What an operator does on the page; the worker's runtime stands for a web process. */
async function act(intent: string, fields: Record<string, string> = {}) {
  const action = ARCHIVE_ACTIONS[intent] as Action;
  const values = { intent, reason: "for a test", ...fields };
  return performAction(action, values, { runtime: worker, log: worker.log, user, now: new Date() } as never);
}
const read = () => readArchive(database.db);
const rows = () => readRowsOfViews(database.pool);

describe("the worker's archive, as operators see and steer it", () => {
  it("shows its progress, stops in the middle when it is paused, and goes on when it is resumed", async () => {
    const [before, books] = [await rows(), await readBooks(database.pool)];
    let paused: Promise<unknown> | undefined;
    stop = startArchive(worker, async (step) => {
      if (step !== "archive-deleted" || paused) return;
      paused = act("pause-archive");
      await paused;
    });
    await until("it is paused", async () => {
      const { files } = await read();
      return paused !== undefined && files[0]?.state === "deleting" && files[0].done > 0;
    });
    const half = await rows();
    expect(half.length).toBeLessThan(before.length);
    expect(half.length).toBeGreaterThan(0);
    const shown = await read();
    expect(shown.files[0]).toMatchObject({ rows: ROWS, done: before.length - half.length });
    expect(shown.round).toMatchObject({ dueMonths: 1, dueRows: ROWS, place: folder.dir, error: null });
    expect(await act("resume-archive")).toMatchObject({ ok: true });
    await until("it is done", async () => (await read()).files[0]?.state === "archived");
    expect(await rows()).toEqual([]);
    expect(await readBooks(database.pool)).toEqual(books);
    expect((await read()).total).toMatchObject({ files: 1, rows: ROWS });
    const { rows: events } = await database.pool.query(
      `SELECT action, reason FROM "AuditEvent" WHERE action LIKE 'archive.%' ORDER BY id`,
    );
    expect(events).toEqual([
      { action: "archive.pause", reason: "for a test" },
      { action: "archive.resume", reason: "for a test" },
    ]);
  });

  it("does nothing while it is paused from the start, and is not resumed twice", async () => {
    await act("pause-archive");
    stop = startArchive(worker, () => undefined);
    await stop();
    expect(readdirSync(folder.dir)).toEqual([]);
    await act("resume-archive");
    expect(await act("resume-archive")).toMatchObject({
      ok: false,
      text: "No change: the archive is not paused.",
    });
  });

  it("lets a restored month leave again when an operator says so, and only a restored one", async () => {
    stop = startArchive(worker, () => undefined);
    await until("it is done", async () => (await read()).files[0]?.state === "archived");
    const name = fileName(OLD);
    expect(await act("archive-again", { id: name })).toMatchObject({ ok: false });
    const place = archiveDirectory(folder.dir);
    await until("the round has ended", async () =>
      Boolean(await restoreFile(database.pool, { name, open: () => place.read(name), dryRun: false })),
    );
    expect(await rows()).toHaveLength(ROWS);
    expect(await act("archive-again", { id: name })).toMatchObject({ ok: true });
    await stop();
    stop = startArchive(worker, () => undefined);
    await until("it has left again", async () => (await read()).files[0]?.state === "archived");
    expect(await rows()).toEqual([]);
  });

  it("changes how long rows stay, within bounds, with its audit event", async () => {
    const days = Object.fromEntries(
      Object.entries(DEFAULT_RETENTION).map(([key, value]) => [key, String(value)]),
    );
    expect(await act("retention", days)).toMatchObject({ ok: false });
    expect(await act("retention", { ...days, syncRuns: "3" })).toMatchObject({
      ok: false,
      errors: { syncRuns: "Enter a whole number of days, from 14 to 3650." },
    });
    expect(await act("retention", { ...days, syncRuns: "14" })).toMatchObject({ ok: true });
    expect(worker.settings.current().retention).toEqual({ ...DEFAULT_RETENTION, syncRuns: 14 });
    const { rows: events } = await database.pool.query(
      `SELECT before->'syncRuns' AS before, after->'syncRuns' AS after FROM "AuditEvent" WHERE action = 'retention.change'`,
    );
    expect(events).toEqual([{ before: 90, after: 14 }]);
  });
});
