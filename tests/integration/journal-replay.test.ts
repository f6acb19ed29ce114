import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { readJournalFiles } from "../../app/telemetry/journal-files";
import { StoresAway } from "../../app/tracker/offer-views";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { journalFolder, linesOf, MEGABYTE, oneByOne, replayed, views } from "../support/journal-folder";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { quiesce, readAs, sumsOf } from "../support/readers";
import { createTestRuntime } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { startTcpProxy } from "../support/tcp-proxy";
import { until } from "../support/until";
import { anonymous, createStory, viewOf } from "../support/views";

const folder = journalFolder();
const { files, named, onlyFile, reopen, fileHandleMethods } = folder;
const window = planWindow(24, 6);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let serial = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

describe("the journal on a full disk", () => {
  /** Mounts a real disk of 64 kB; not every machine lets a test do so. */
  const mounted = () => {
    execFileSync("mkdir", ["-p", folder.path()]);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path()], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  };

  it("refuses views with the system's error, and damages nothing", async ({ skip }) => {
    if (!mounted()) skip("this machine does not let a test mount a tmpfs");
    try {
      const journal = await reopen();
      let kept = 0;
      const filling = async () => {
        for (;;) {
          // More than a page at a time, so that the failing write has been half done.
          await journal.append(views(kept, kept + 40));
          kept += 40;
        }
      };
      await expect(filling()).rejects.toThrow(/ENOSPC/);
      expect(kept).toBeGreaterThan(0);
      const lines = readFileSync(onlyFile(), "utf8");
      expect(lines.endsWith("\n"), "the half-written lines are truncated").toBe(true);
      expect(lines.split("\n").length - 1).toBe(kept);
      expect(journal.size()).toBe(kept);
      // Once there is room again, the same file is continued.
      execFileSync("mount", ["-o", "remount,size=1m", folder.path()]);
      await journal.append(views(kept, kept + 40));
      expect(await replayed(journal)).toMatchObject({ replayed: kept + 40, torn: 0 });
      await journal.close();
    } finally {
      execFileSync("umount", [folder.path()]);
    }
  });

  it("keeps later lines readable even if a half-written line cannot be truncated", async () => {
    const journal = await reopen();
    await journal.append(views(0, 1));
    const methods = await fileHandleMethods();
    const { appendFile } = methods;
    vi.spyOn(methods, "appendFile").mockImplementationOnce(async function (this: unknown, text) {
      await appendFile.call(this, String(text).slice(0, 30));
      throw new Error("ENOSPC: no space left on device, write");
    });
    vi.spyOn(methods, "truncate").mockRejectedValueOnce(new Error("EIO: i/o error, ftruncate"));
    await expect(journal.append(views(1, 2))).rejects.toThrow("ENOSPC");
    await journal.append(views(2, 3));
    expect(await replayed(journal)).toMatchObject({
      replayed: 2,
      torn: 1,
      times: [1_700_000_000_000, 1_700_000_000_002],
    });
  });
});

describe("replaying into the stores", () => {
  it("counts every view at its own time, and none twice, however often it is cut short", async () => {
    const slug = `journal-${serial++}`;
    const { story: target } = await createStory(database.pool, slug);
    const { redis } = await connectTestRedis(5);
    const inRedis = createRedisViews(redis, window);
    const inPostgres = createDatabaseViews(database.pool, window);
    const journal = await reopen();
    const hour = Math.floor(Date.now() / HOUR_MS - 3) * HOUR_MS;
    const readers = 30;
    const journalled = Array.from({ length: readers }, (_, i) =>
      viewOf([target], anonymous(i), hour + i * 1000),
    );
    // Each comes back ten minutes later, and one was counted in Redis before the outage.
    const again = Array.from({ length: readers }, (_, i) =>
      viewOf([target], anonymous(i), hour + 600_000 + i * 1000),
    );
    await inRedis.record([viewOf([target], anonymous(0), hour - HOUR_MS)]);
    await journal.append([...journalled, ...again]);

    let offered = 0;
    const cutAt = (most: number) =>
      oneByOne(async (view) => {
        offered += 1;
        if (offered > most) throw new StoresAway("cut short");
        // A different store may be back for each view.
        await (offered % 3 === 0 ? inPostgres : inRedis).record([view]);
      });
    for (const most of [7, 31, 45]) {
      offered = 0;
      expect((await journal.replay(cutAt(most))).interrupted?.message).toBe("cut short");
    }
    offered = 0;
    expect(await journal.replay(cutAt(1000))).toMatchObject({ replayed: 2 * readers, torn: 0 });
    await quiesce(database.pool, inRedis);
    expect(await sumsOf(database.pool, slug)).toMatchObject({ readCount: readers, history: readers });
    const { rows } = await database.pool.query(
      `SELECT hour, sum(views)::int AS views FROM "ViewHour" WHERE kind = 'story' AND "targetId" = $1 AND views <> 0 GROUP BY 1 ORDER BY 1`,
      [target.id],
    );
    expect(rows).toEqual([
      { hour: new Date(hour - HOUR_MS), views: 1 },
      { hour: new Date(hour), views: readers - 1 },
    ]);
    redis.disconnect();
  });

  it("in a process: a line that cannot be counted sends no reader's view elsewhere, and is shown to operators", async () => {
    const slug = `journal-${serial++}`;
    const { story: target } = await createStory(database.pool, slug);
    const { story: full } = await createStory(database.pool, `journal-${serial++}`);
    await database.pool.query(
      `TRUNCATE "JournalFile", "ModeChange"; ALTER TABLE "Story" ADD CONSTRAINT closed CHECK (id <> ${full.id} OR "readCount" < 1)`,
    );
    const before = await reopen();
    const from = Date.now() - HOUR_MS;
    await before.append(
      [full, target, full].map((one, i) => viewOf([one], anonymous(`closed:${i}`), from + i)),
    );
    await before.close();
    const runtime = await createTestRuntime({ DATABASE_URL: database.url, JOURNAL_DIR: folder.path() });
    try {
      await until("the journal is replayed", async () => {
        expect(await readAs(runtime.countView, slug, serial++)).toMatchObject({ path: "database" });
        return named(".jsonl").length === 0;
      });
      expect(linesOf(named(".rejected")[0] as string)).toBe(2);
      await until("it is reported", async () => {
        const [file] = await readJournalFiles(database.db);
        return file?.setAside === 2;
      });
      expect(await readJournalFiles(database.db)).toMatchObject([
        { appended: 3, replayed: 1, rejected: 2, waiting: 0, missing: 0, process: runtime.process },
      ]);
      expect(runtime.mode().mode).toBe("database");
      const moves = await database.db.modeChange.findMany();
      expect(moves.map(({ from: left, to }) => [left, to])).toEqual([["started", "database"]]);
      const { body } = await runtime.metrics.text();
      expect(body).toMatch(/^tidemark_journal_rejected_lines 2$/m);
    } finally {
      await runtime.close();
      await database.pool.query(`ALTER TABLE "Story" DROP CONSTRAINT closed; TRUNCATE "JournalFile"`);
    }
  });

  describe("in a process", () => {
    let redis: OwnRedis;
    beforeAll(async () => {
      redis = await startOwnRedis();
    });
    afterAll(() => redis?.remove());

    it("keeps views while both stores are down, answers 503 when full, and counts each view once when they are back", async () => {
      const slug = `journal-${serial++}`;
      await createStory(database.pool, slug);
      const proxy = await startTcpProxy(Number(new URL(database.url).port));
      const url = new URL(database.url);
      url.port = String(proxy.port);
      const settings = {
        DATABASE_URL: url.href,
        REDIS_URL: redis.url,
        JOURNAL_DIR: folder.path(),
        JOURNAL_MAX_MB: "1",
      };
      const startProcess = () => createTestRuntime(settings);
      const read = (runtime: Runtime, reader: string | number) => readAs(runtime.countView, slug, reader);

      const first = await startProcess();
      await until("counting in Redis", async () => (await read(first, "first")).path === "redis");
      await redis.stop();
      proxy.fail({ kind: "refusing" });
      const outcomes = await Promise.all(Array.from({ length: 40 }, (_, reader) => read(first, reader)));
      expect(outcomes).toEqual(
        outcomes.map(() => ({
          counted: false,
          isFirstView: false,
          path: "journal",
          reason: "journalled",
          viewCount: null,
        })),
      );
      expect(first.mode()).toMatchObject({
        mode: "journal",
        reason: expect.stringMatching(/Redis.*; database: .+/),
      });
      expect(await read(first, 0), "only a store can tell whether it is a repeat").toMatchObject({
        reason: "journalled",
      });
      expect(readFileSync(onlyFile(), "utf8").trim().split("\n")).toHaveLength(41);

      // No room left: the reader gets an error, and the views already kept stay.
      const filler = path.join(folder.path(), "filler.1.1.0.jsonl");
      writeFileSync(filler, Buffer.alloc(MEGABYTE, "\n"));
      const headers: Record<string, string> = { "user-agent": "Mozilla/5.0 Firefox/140.0" };
      const refused = await first.countView({
        requestId: "a request of the tests",
        slug,
        header: (name) => headers[name],
        address: "2001:db8::99",
      });
      expect(refused).toMatchObject({
        status: 503,
        outcome: { reason: "unavailable", path: "none", counted: false },
      });
      execFileSync("rm", [filler]);
      expect(await read(first, 99)).toMatchObject({ reason: "journalled" });
      await first.close();

      // The process ends and another one takes over its file; only Postgres is back.
      proxy.heal();
      const second = await startProcess();
      await until("the journal is replayed", () => files().length === 0);
      expect(await sumsOf(database.pool, slug)).toMatchObject({ readCount: 41, rows: 41 });
      await redis.start();
      await until("counting in Redis again", async () => (await read(second, "last")).path === "redis");
      const inRedis = second.redisViews as NonNullable<Runtime["redisViews"]>;
      await quiesce(database.pool, inRedis);
      // 0 to 39, 99, "first" and "last".
      expect(await sumsOf(database.pool, slug)).toMatchObject({ readCount: 43, history: 43 });
      await second.close();
      await proxy.stop();
      expect(existsSync(folder.path()) && files()).toEqual([]);
    });
  });
});
