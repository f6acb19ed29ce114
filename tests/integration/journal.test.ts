import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import { type JournalFiles, JournalFull, openJournal } from "../../app/stores/journal/open-journal";
import { blameInPostgres } from "../../app/stores/postgres/blame";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { readJournalFiles, saveJournalFiles } from "../../app/telemetry/journal-files";
import { createOfferViews, type OfferViews, StoresAway, ViewsUndecided } from "../../app/tracker/offer-views";
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

/** The clock by which other processes' files are watched, ms. It stands still unless a test moves it. */
let clock = 0;
/** After this long, ms, a holder that has not renewed a file has ended. */
const LEASE_MS = 6000;
const EARLIER_LEASE_MS = 600_000;
/** Opens the journal of one more process. */
async function reopen(maxBytes = MEGABYTE, process = "web-host-1") {
  const journal = await openJournal(directory, maxBytes, process, () => clock);
  opened.push(journal);
  return journal;
}
/** Lets so much time pass that files whose holders do not renew them are taken. */
async function waitOut(journal: JournalFiles, leaseMs = LEASE_MS) {
  await journal.tend();
  clock += leaseMs;
  await journal.tend();
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
/** A store that takes everything, and what it took. */
async function replayed(journal: JournalFiles) {
  const seen: View[] = [];
  const result = await journal.replay(async (views) => {
    seen.push(...views);
    return [];
  });
  return { ...result, times: seen.map((view) => view.at), seen };
}
/** Offers views one by one, as a store that a test stops in the middle. */
const oneByOne =
  (record: (view: View) => void | Promise<void>): OfferViews =>
  async (offered) => {
    for (const view of offered) await record(view);
    return [];
  };
/** Starts a process that journals views of a story: see its file. */
function spawnWriter(storyId: number, from: number, stopAfter = 0) {
  const script = path.join("tests", "support", "journal-writer.ts");
  const args = [directory, storyId, from, stopAfter].map(String);
  return spawn(process.execPath, ["--import", "tsx", script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
const linesOf = (file: string) => readFileSync(file, "utf8").split("\n").length - 1;
const named = (ending: string) => files().filter((file) => file.endsWith(ending));
const reportOf = async (journal: JournalFiles) => {
  let files: Parameters<Parameters<JournalFiles["report"]>[0]>[0] = [];
  await journal.report(async (reported) => {
    files = reported;
  });
  return files;
};

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
      order.push(`flushing ${linesOf(onlyFile())} line`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await datasync.call(this);
      order.push("flushed");
    });
    await journal.append(views(0, 1));
    order.push("acknowledged");
    expect(order).toEqual(["directory flushed", "flushing 1 line", "flushed", "acknowledged"]);
    await journal.close();
  });

  it("takes the file of a process killed while writing, with every acknowledged view", async () => {
    const { story: target } = await createStory(database.pool, `journal-${serial++}`);
    const from = Date.now() - 2 * HOUR_MS;
    const child = spawnWriter(target.id, from);
    let acknowledged = 0;
    const gone = once(child, "exit");
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      // The writer is alive and keeps its file.
      if (acknowledged === 1) expect((await reopen()).size()).toBe(0);
      if (acknowledged >= 40 && !child.killed) child.kill("SIGKILL");
    }
    await gone;
    const journal = await reopen();
    await waitOut(journal);
    expect(journal.size()).toBeGreaterThanOrEqual(acknowledged);
    const { times, torn } = await replayed(journal);
    expect(torn).toBeLessThanOrEqual(1);
    const expected = Array.from({ length: acknowledged }, (_, reader) => from + reader * 1000);
    expect(times.slice(0, acknowledged)).toEqual(expected);
    expect(files()).toEqual([]);
  });

  it("takes a file at once when its process gave it up", async () => {
    const journal = await reopen();
    await journal.append(views(0, 3));
    await journal.close();
    expect((await reopen()).size()).toBe(3);
  });

  it("takes back nothing that it gave up when it ended", async () => {
    const journal = await reopen();
    await journal.append(views(0, 3));
    await journal.close();
    await journal.tend();
    expect(journal.size()).toBe(0);
    expect((await reopen()).size()).toBe(3);
  });

  it("replays a file that an operator puts into the directory", async () => {
    const journal = await reopen();
    await journal.append(views(0, 3));
    await journal.close();
    renameSync(onlyFile(), path.join(directory, "again.jsonl"));
    const next = await reopen();
    await waitOut(next);
    expect(await replayed(next)).toMatchObject({ replayed: 3 });
    expect(files()).toEqual([]);
  });

  it("leaves a file of an earlier version alone until it has not changed for ten minutes", async () => {
    const journal = await reopen();
    await journal.append(views(0, 2));
    await journal.close();
    const earlier = path.join(directory, "another-host.1.1700000000000.0.jsonl");
    renameSync(onlyFile(), earlier);
    const next = await reopen();
    await waitOut(next, EARLIER_LEASE_MS - 1);
    // Its process writes once more, so the ten minutes start again.
    appendFileSync(earlier, readFileSync(earlier));
    await waitOut(next, EARLIER_LEASE_MS - 1);
    expect(next.size()).toBe(0);
    clock += 1;
    await next.tend();
    expect(await replayed(next)).toMatchObject({ replayed: 4 });
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

  it("removes a file that holds nothing but the start of a line, and places whose file is gone", async () => {
    await (await reopen()).close();
    writeFileSync(path.join(directory, "20260101T000000000Z-0a1b2c3d.free.0.jsonl"), '{"at":17');
    writeFileSync(path.join(directory, "20260101T000000000Z-ffffffff.place"), "{}");
    const journal = await reopen();
    expect([journal.size(), journal.files(), files().length]).toEqual([0, 1, 1]);
    expect(await replayed(journal)).toMatchObject({ replayed: 0, torn: 1 });
    expect([journal.files(), ...files()]).toEqual([0]);
  });

  it("counts what is left of a line after a crash as torn, and sets whole lines that are not views aside", async () => {
    const journal = await reopen();
    await journal.append(views(0, 2));
    await journal.close();
    appendFileSync(
      onlyFile(),
      Buffer.concat([Buffer.from('null\n{"at":1}\n{"at":\n'), Buffer.alloc(5000), Buffer.from([0xe2, 0x82])]),
    );
    const next = await reopen();
    const { rejections, ...result } = await replayed(next);
    expect(result).toMatchObject({ replayed: 2, torn: 1 });
    expect(rejections).toHaveLength(3);
    expect(readFileSync(onlyFile(), "utf8")).toBe('null\n{"at":1}\n{"at":\n');
  });

  it("continues at its place after a replay that was cut short, also in another process", async () => {
    const journal = await reopen();
    await journal.append(views(0, 1200));
    let offered = 0;
    const cut = await journal.replay(
      oneByOne(() => {
        offered += 1;
        if (offered > 700) throw new StoresAway("both stores are unreachable again");
      }),
    );
    expect(cut).toMatchObject({
      replayed: 500,
      interrupted: { message: "both stores are unreachable again" },
    });
    expect(journal.size()).toBe(700);
    await journal.append(views(1200, 1203));
    expect(journal.size()).toBe(703);
    await journal.close();
    const next = await reopen();
    expect(next.size()).toBe(703);
    const { times } = await replayed(next);
    expect(times, "from the last chunk that a store has").toHaveLength(703);
    expect(new Set(times).size).toBe(703);
    expect(next.size()).toBe(0);
    expect(files()).toEqual([]);
  });

  it("offers hardly more views than there are, when a store fails once in 20,000", async () => {
    const journal = await reopen(64 * MEGABYTE);
    for (let from = 0; from < 60_000; from += 5000) await journal.append(views(from, from + 5000));
    let offered = 0;
    let rounds = 0;
    while (journal.size() > 0) {
      rounds += 1;
      await journal.replay(async (chunk) => {
        offered += chunk.length;
        if (Math.floor(offered / 20_000) !== Math.floor((offered - chunk.length) / 20_000))
          throw new StoresAway("a moment");
        return [];
      });
    }
    expect(rounds).toBeLessThanOrEqual(5);
    expect(offered).toBeLessThan(63_000);
  });

  it("starts from the beginning when its place was not written whole", async () => {
    const journal = await reopen();
    await journal.append(views(0, 600));
    await journal.replay(
      oneByOne((view) => {
        if (view.at === 1_700_000_000_550) throw new StoresAway("away");
      }),
    );
    await journal.close();
    const [place] = named(".place");
    truncateSync(place as string, 5);
    expect(await replayed(await reopen())).toMatchObject({ replayed: 600 });
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
      await journal.replay(oneByOne((view) => void seen.push(view.at)));
      return written > 300;
    });
    over = true;
    await writing;
    await journal.replay(oneByOne((view) => void seen.push(view.at)));
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

describe("a journal file has one owner", () => {
  /** Everything that any process replayed. */
  let seen: (number | undefined)[];
  const take: OfferViews = async (offered) => {
    seen.push(...offered.map((view) => view.at));
    return [];
  };
  const at = (view: number) => 1_700_000_000_000 + view;
  beforeEach(() => {
    seen = [];
  });

  const hosts = [
    { who: "two processes of one machine", a: "web-host-1", b: "web-host-2" },
    { who: "two machines", a: "web-one-1", b: "web-two-1" },
    { who: "one host name in two pid namespaces", a: "web-host-7", b: "web-host-12" },
    { who: "one host name, both with process id 1, and one volume", a: "web-host-1", b: "web-host-1" },
  ];

  it.each(hosts)("$who: a file whose owner renews it is never taken", async ({ a, b }) => {
    const owner = await reopen(MEGABYTE, a);
    const other = await reopen(MEGABYTE, b);
    await owner.append(views(0, 2));
    for (let second = 0; second < 60; second += 1) {
      clock += 1000;
      await owner.tend();
      await other.tend();
    }
    expect(other.size()).toBe(0);
    await owner.append(views(2, 3));
    expect(await other.replay(take)).toMatchObject({ replayed: 0 });
    expect(owner.size()).toBe(3);
    await owner.replay(take);
    expect(seen).toEqual([0, 1, 2].map(at));
  });

  it.each(hosts)("$who: an owner that was quiet for ten minutes loses nothing", async ({ a, b }) => {
    const owner = await reopen(MEGABYTE, a);
    const other = await reopen(MEGABYTE, b);
    await owner.append(views(0, 1));
    await waitOut(other, EARLIER_LEASE_MS);
    await other.replay(take);
    expect(seen).toEqual([at(0)]);
    expect(files(), "the file is gone, and its owner does not know").toEqual([]);
    await owner.append(views(1, 2));
    await owner.append(views(2, 3));
    expect(owner.size(), "only what was not replayed").toBe(2);
    await owner.replay(take);
    expect(seen).toEqual([0, 1, 2].map(at));
  });

  it.each([
    "before the write",
    "between the write and the flush",
    "between the flush and the acknowledgement",
  ])("a file that is taken and replayed %s: the batch goes to another file", async (when) => {
    const owner = await reopen();
    const other = await reopen();
    await owner.append(views(0, 1));
    const methods = await fileHandleMethods();
    const { appendFile, datasync } = methods;
    const stolen = async () => {
      vi.restoreAllMocks();
      await waitOut(other);
      await other.replay(take);
    };
    if (when === "before the write")
      vi.spyOn(methods, "appendFile").mockImplementationOnce(async function (this: unknown, text) {
        await stolen();
        await appendFile.call(this, text);
      });
    else
      vi.spyOn(methods, "datasync").mockImplementationOnce(async function (this: unknown) {
        if (when === "between the flush and the acknowledgement") await datasync.call(this);
        await stolen();
        await datasync.call(this);
      });
    await owner.append(views(1, 3));
    expect(seen, "it was taken").toContain(at(0));
    await owner.close();
    await other.tend();
    await other.replay(take);
    expect([...new Set(seen)]).toEqual([0, 1, 2].map(at));
    expect(files()).toEqual([]);
  });

  it("a network directory on which writing to a file that its taker has removed fails: the batch goes to another file", async () => {
    const owner = await reopen();
    const other = await reopen();
    await owner.append(views(0, 1));
    await waitOut(other);
    await other.replay(take);
    vi.spyOn(await fileHandleMethods(), "appendFile").mockRejectedValueOnce(
      new Error("ESTALE: stale file handle, write"),
    );
    await owner.append(views(1, 2));
    await owner.replay(take);
    expect(seen).toEqual([0, 1].map(at));
  });

  it("acknowledges no view in a file while the disk does not say whose it is", async () => {
    const owner = await reopen();
    await owner.append(views(0, 1));
    const [file] = files();
    // A directory in the place of the next name: the file can be neither renamed nor lost.
    const parts = path.basename(file as string).split(".");
    execFileSync("mkdir", [path.join(directory, `${parts[0]}.${parts[1]}.${Number(parts[2]) + 1}.jsonl`)]);
    await expect(owner.append(views(1, 2))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(owner.size()).toBe(1);
    await owner.append(views(2, 3));
    execFileSync("rmdir", [path.join(directory, `${parts[0]}.${parts[1]}.${Number(parts[2]) + 1}.jsonl`)]);
    await owner.replay(take);
    expect(seen).toEqual(expect.arrayContaining([at(0), at(2)]));
  });

  it("of many processes that take one file at once, one gets it", async () => {
    const owner = await reopen();
    await owner.append(views(0, 10));
    const others = await Promise.all(Array.from({ length: 8 }, () => reopen()));
    await Promise.all(others.map((journal) => journal.tend()));
    clock += LEASE_MS;
    await Promise.all(others.map((journal) => journal.tend()));
    expect(others.map((journal) => journal.size()).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 10]);
    await Promise.all(others.map((journal) => journal.replay(take)));
    expect(seen).toHaveLength(10);
  });

  it("a process that was paused in the middle of a replay removes nothing that another one replays", async () => {
    const first = await reopen();
    await first.append(views(0, 1200));
    const second = await reopen();
    let taken: Promise<void> | undefined;
    await first.replay(async (offered) => {
      taken ??= waitOut(second);
      await taken;
      return take(offered);
    });
    expect(first.size()).toBe(0);
    expect(second.size()).toBe(1200);
    expect(files().some((file) => file.endsWith(".jsonl"))).toBe(true);
    await second.replay(take);
    expect(new Set(seen).size).toBe(1200);
    expect(files()).toEqual([]);
  });

  it("a process that is stopped (SIGSTOP) between flush and acknowledgement, and robbed, acknowledges only what is kept", async () => {
    const from = 1_700_000_000_000;
    const child = spawnWriter(7, from, 20);
    const gone = once(child, "exit");
    let acknowledged = 0;
    const thief = await reopen();
    createInterface({ input: child.stdout }).on("line", (line) => {
      acknowledged = Number(line);
    });
    await until("the writer stops itself", () => {
      const state = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1];
      return state?.startsWith("T") ?? false;
    });
    expect(acknowledged).toBe(19);
    await waitOut(thief);
    await thief.replay(take);
    expect(files(), "taken, replayed and removed while its owner is stopped").toEqual([]);
    child.kill("SIGCONT");
    await until("the writer goes on", () => acknowledged > 40);
    child.kill("SIGKILL");
    await gone;
    await waitOut(thief);
    await thief.replay(take);
    const missing = Array.from({ length: acknowledged }, (_, view) => from + view * 1000).filter(
      (time) => !seen.includes(time),
    );
    expect(missing).toEqual([]);
  });
});

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
    renameSync(rejected, path.join(directory, "again.jsonl"));
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
    const runtime = await createTestRuntime({ DATABASE_URL: database.url, JOURNAL_DIR: directory });
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
      expect(existsSync(directory) && files()).toEqual([]);
    });
  });
});
