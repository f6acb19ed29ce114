import { once } from "node:events";
import { appendFileSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { JournalFull } from "../../app/stores/journal/open-journal";
import { StoresAway } from "../../app/tracker/offer-views";
import { HOUR_MS } from "../../app/tracker/window";
import { journalFolder, linesOf, MEGABYTE, oneByOne, replayed, views } from "../support/journal-folder";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, createStory, viewOf } from "../support/views";

const folder = journalFolder();
const { files, named, onlyFile, reopen, waitOut, fileHandleMethods, spawnWriter } = folder;
const EARLIER_LEASE_MS = 600_000;
const story = { kind: "story" as const, id: 7, storyId: 7 };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let serial = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

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
    renameSync(onlyFile(), path.join(folder.path(), "again.jsonl"));
    const next = await reopen();
    await waitOut(next);
    expect(await replayed(next)).toMatchObject({ replayed: 3 });
    expect(files()).toEqual([]);
  });

  it("leaves a file of an earlier version alone until it has not changed for ten minutes", async () => {
    const journal = await reopen();
    await journal.append(views(0, 2));
    await journal.close();
    const earlier = path.join(folder.path(), "another-host.1.1700000000000.0.jsonl");
    renameSync(onlyFile(), earlier);
    const next = await reopen();
    await waitOut(next, EARLIER_LEASE_MS - 1);
    // Its process writes once more, so the ten minutes start again.
    appendFileSync(earlier, readFileSync(earlier));
    await waitOut(next, EARLIER_LEASE_MS - 1);
    expect(next.size()).toBe(0);
    folder.clock += 1;
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
    writeFileSync(path.join(folder.path(), "20260101T000000000Z-0a1b2c3d.free.0.jsonl"), '{"at":17');
    writeFileSync(path.join(folder.path(), "20260101T000000000Z-ffffffff.place"), "{}");
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
    writeFileSync(folder.path(), "");
    await expect(reopen()).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});
