import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import { type JournalFiles, JournalFull, journalName, openJournal } from "../../app/stores/journal";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import type { View } from "../../app/tracker/view";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { quiesce, readAs, sumsOf } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { startTcpProxy } from "../support/tcp-proxy";
import { until } from "../support/until";
import { anonymous, createStory, viewOf } from "../support/views";

const MEGABYTE = 1024 * 1024;
const window = planWindow(24, 6);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let scratch: ReturnType<typeof scratchDirectory>;
let directory: string;
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  scratch = scratchDirectory("journal");
  directory = path.join(scratch.dir, "journal");
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const journal of opened.splice(0)) await journal.close();
  scratch.remove();
});
afterAll(() => database?.drop());

let started = Date.now();
/** Opens this process's journal as after a restart with the same PID. */
async function reopen(maxBytes = MEGABYTE) {
  const journal = await openJournal(directory, maxBytes, journalName(hostname(), process.pid, started++));
  opened.push(journal);
  return journal;
}
const opened: JournalFiles[] = [];
const story = { kind: "story" as const, id: 7, storyId: 7 };
const views = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    viewOf([story], anonymous(from + i), 1_700_000_000_000 + from + i),
  );
const files = () => readdirSync(directory).map((name) => path.join(directory, name));
const onlyFile = () => {
  const [file, ...others] = files();
  expect(others).toEqual([]);
  return file as string;
};
/** The methods shared by every open file, so that a test can intercept writes to the disk. */
async function fileHandleMethods() {
  const handle = await open(scratch.dir, "r");
  await handle.close();
  return Object.getPrototypeOf(handle) as Record<
    "appendFile" | "truncate" | "sync" | "datasync",
    (this: unknown, text?: string | number) => Promise<void>
  >;
}
async function replayed(journal: JournalFiles) {
  const seen: View[] = [];
  const result = await journal.replay(async (view) => {
    seen.push(view);
  });
  return { ...result, times: seen.map((view) => view.at), seen };
}

describe("the journal", () => {
  it("gives views back with their times and keys, and then removes the file", async () => {
    const journal = await reopen();
    const day = 20_000;
    const [view] = [viewOf([story], anonymous("a"), day * 24 * HOUR_MS + HOUR_MS)];
    await journal.append([view]);
    expect(journal.size()).toBe(1);
    const { seen, ...result } = await replayed(journal);
    expect(result).toMatchObject({ replayed: 1, torn: 0, times: [view.at] });
    for (const at of [day - 1, day, day + 1]) expect(seen[0]?.offers[0].key(at)).toBe(view.offers[0].key(at));
    expect(journal.size()).toBe(0);
    expect(files()).toEqual([]);
  });

  it("flushes the file and its directory entry to disk before it acknowledges a view", async () => {
    const journal = await reopen();
    const methods = await fileHandleMethods();
    const { datasync } = methods;
    const order: string[] = [];
    vi.spyOn(methods, "sync").mockImplementation(async () => {
      order.push("directory flushed");
    });
    vi.spyOn(methods, "datasync").mockImplementation(async function (this: unknown) {
      order.push(`flushing ${readFileSync(onlyFile(), "utf8").split("\n").length - 1} line`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await datasync.call(this);
      order.push("flushed");
    });
    await journal.append(views(0, 1));
    order.push("acknowledged");
    expect(order).toEqual(["directory flushed", "flushing 1 line", "flushed", "acknowledged"]);
    await journal.close();
  });

  it("takes over the file of a process killed while writing, with every acknowledged view", async () => {
    const { story: target } = await createStory(database.pool, `journal-${serial++}`);
    const from = Date.now() - 2 * HOUR_MS;
    const script = path.join("tests", "support", "journal-writer.ts");
    const child = spawn(
      process.execPath,
      ["--import", "tsx", script, directory, String(target.id), String(from)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let acknowledged = 0;
    const gone = once(child, "exit");
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      // The writer is still alive and will replay its file itself.
      if (acknowledged === 1) expect((await reopen()).size()).toBe(0);
      if (acknowledged >= 40 && !child.killed) child.kill("SIGKILL");
    }
    await gone;
    const journal = await reopen();
    expect(journal.size()).toBeGreaterThanOrEqual(acknowledged);
    const { times, torn } = await replayed(journal);
    expect(torn).toBeLessThanOrEqual(1);
    const expected = Array.from({ length: acknowledged }, (_, reader) => from + reader * 1000);
    expect(times.slice(0, acknowledged)).toEqual(expected);
    expect(files()).toEqual([]);
  });

  it("takes over the file of a process that dies later, without a restart", async () => {
    const journal = await reopen();
    await mkdir(directory, { recursive: true });
    const writer = await reopen();
    await writer.append(views(0, 3));
    await writer.close();
    // No process has this PID: the highest on Linux is 4,194,304.
    const name = path.basename(onlyFile()).replace(`.${process.pid}.`, ".4999999.");
    writeFileSync(path.join(directory, name), readFileSync(onlyFile()));
    truncateSync(path.join(directory, path.basename(files().find((file) => !file.endsWith(name)) as string)));
    expect(journal.size()).toBe(0);
    expect(await replayed(journal)).toMatchObject({ replayed: 3 });
  });

  it("leaves another machine's file alone while it may be in use, and takes it over ten minutes later", async () => {
    await (await reopen()).append(views(0, 2));
    const mine = onlyFile();
    const theirs = path.join(directory, "another-host.1.1700000000000.0.jsonl");
    execFileSync("mv", [mine, theirs]);
    expect((await reopen()).size()).toBe(0);
    execFileSync("touch", ["-d", "11 minutes ago", theirs]);
    expect(await replayed(await reopen())).toMatchObject({ replayed: 2 });
  });

  it("skips and counts a torn last line, and keeps the lines written after it", async () => {
    const journal = await reopen();
    await journal.append(views(0, 3));
    await journal.close();
    const whole = readFileSync(onlyFile(), "utf8");
    truncateSync(onlyFile(), whole.length - 20);
    const next = await reopen();
    expect(next.size()).toBe(2);
    await next.append(views(3, 5));
    expect(next.size()).toBe(4);
    expect(await replayed(next)).toMatchObject({ replayed: 4, torn: 1 });
    expect(next.size()).toBe(0);
  });

  it("skips the remains of a line after a machine crash: NULs, half a character, or something else", async () => {
    const journal = await reopen();
    await journal.append(views(0, 2));
    await journal.close();
    appendFileSync(
      onlyFile(),
      Buffer.concat([Buffer.from('null\n{"at":1}\n{"at":\n'), Buffer.alloc(5000), Buffer.from([0xe2, 0x82])]),
    );
    expect(await replayed(await reopen())).toMatchObject({ replayed: 2, torn: 4 });
  });

  it("starts again with the same views after a replay that was cut short", async () => {
    const journal = await reopen();
    await journal.append(views(0, 1200));
    let offered = 0;
    const cut = journal.replay(async () => {
      offered += 1;
      if (offered > 700) throw new Error("both stores are unreachable again");
    });
    await expect(cut).rejects.toThrow("unreachable again");
    expect(journal.size()).toBe(1200);
    await journal.append(views(1200, 1203));
    expect(journal.size()).toBe(1203);
    const { times } = await replayed(journal);
    expect(new Set(times).size).toBe(1203);
    expect(journal.size()).toBe(0);
  });

  it("takes new views during a replay, and refuses none of them", async () => {
    const journal = await reopen();
    let written = 0;
    let over = false;
    const writing = (async () => {
      while (!over) {
        await journal.append(views(written, written + 1));
        written += 1;
      }
    })();
    const seen: (number | undefined)[] = [];
    await until("many rounds of both", async () => {
      await journal.replay(async (view) => {
        seen.push(view.at);
      });
      return written > 300;
    });
    over = true;
    await writing;
    await journal.replay(async (view) => {
      seen.push(view.at);
    });
    expect(seen.length, "each once").toBe(written);
    expect(new Set(seen).size).toBe(written);
    expect(journal.size()).toBe(0);
  });

  it("is bounded over all files: beyond the limit it rejects with a clear error, and existing lines stay intact", async () => {
    const limit = 4000;
    const journal = await reopen(limit);
    let kept = 0;
    const filling = async () => {
      for (;;) {
        await journal.append(views(kept, kept + 1));
        kept += 1;
      }
    };
    await expect(filling()).rejects.toThrow(JournalFull);
    await expect(journal.append(views(0, 1))).rejects.toThrow(/full \(4000 bytes\).*JOURNAL_MAX_MB/);
    expect(statSync(onlyFile()).size).toBeLessThanOrEqual(limit);
    expect(kept).toBeGreaterThan(5);
    expect(journal.size()).toBe(kept);
    await journal.close();
    const next = await reopen(limit);
    await expect(next.append(views(0, 1)), "another file does not make more room").rejects.toThrow(
      JournalFull,
    );
    expect(await replayed(next)).toMatchObject({ replayed: kept, torn: 0 });
    await next.append(views(0, 1));
    expect(next.size()).toBe(1);
  });

  it("fails with the system's error when a file is in the way of its directory", async () => {
    writeFileSync(directory, "");
    await expect(reopen()).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

describe("the journal on a full disk", () => {
  /** Mounts a real disk of 64 kB; not every machine lets a test do so. */
  const mounted = () => {
    execFileSync("mkdir", ["-p", directory]);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], { stdio: "ignore" });
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
      execFileSync("mount", ["-o", "remount,size=1m", directory]);
      await journal.append(views(kept, kept + 40));
      expect(await replayed(journal)).toMatchObject({ replayed: kept + 40, torn: 0 });
      await journal.close();
    } finally {
      execFileSync("umount", [directory]);
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
    const cutAt = (most: number) => async (view: View) => {
      offered += 1;
      if (offered > most) throw new Error("cut short");
      // A different store may be back for each view.
      await (offered % 3 === 0 ? inPostgres : inRedis).record([view]);
    };
    for (const most of [7, 31, 45]) {
      offered = 0;
      await expect(journal.replay(cutAt(most))).rejects.toThrow("cut short");
    }
    offered = 0;
    expect(await journal.replay(cutAt(1000))).toEqual({ replayed: 2 * readers, torn: 0 });
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
        JOURNAL_DIR: directory,
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
      const filler = path.join(directory, "filler.1.1.0.jsonl");
      writeFileSync(filler, Buffer.alloc(MEGABYTE, "\n"));
      const headers: Record<string, string> = { "user-agent": "Mozilla/5.0 Firefox/140.0" };
      const refused = await first.countView({
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
      expect(existsSync(directory) && files()).toEqual([]);
    });
  });
});
