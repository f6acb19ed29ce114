import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { OfferViews } from "../../app/tracker/offer-views";
import { journalFolder, LEASE_MS, MEGABYTE, views } from "../support/journal-folder";
import { until } from "../support/until";

const folder = journalFolder();
const { files, reopen, waitOut, fileHandleMethods, spawnWriter } = folder;
const EARLIER_LEASE_MS = 600_000;

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
      folder.clock += 1000;
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
    execFileSync("mkdir", [
      path.join(folder.path(), `${parts[0]}.${parts[1]}.${Number(parts[2]) + 1}.jsonl`),
    ]);
    await expect(owner.append(views(1, 2))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(owner.size()).toBe(1);
    await owner.append(views(2, 3));
    execFileSync("rmdir", [
      path.join(folder.path(), `${parts[0]}.${parts[1]}.${Number(parts[2]) + 1}.jsonl`),
    ]);
    await owner.replay(take);
    expect(seen).toEqual(expect.arrayContaining([at(0), at(2)]));
  });

  it("of many processes that take one file at once, one gets it", async () => {
    const owner = await reopen();
    await owner.append(views(0, 10));
    const others = await Promise.all(Array.from({ length: 8 }, () => reopen()));
    await Promise.all(others.map((journal) => journal.tend()));
    folder.clock += LEASE_MS;
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
