import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { type JournalFiles, openJournal } from "../../app/stores/journal/open-journal";
import type { OfferViews } from "../../app/tracker/offer-views";
import type { View } from "../../app/tracker/view";
import { scratchDirectory } from "./runtime";
import { anonymous, viewOf } from "./views";

export const MEGABYTE = 1024 * 1024;
/** After this long, ms, a holder that has not renewed a file has ended. */
export const LEASE_MS = 6000;

const story = { kind: "story" as const, id: 7, storyId: 7 };
/** Views of one story by readers with these numbers, a millisecond apart. */
export const views = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    viewOf([story], anonymous(from + i), 1_700_000_000_000 + from + i),
  );

/** The lines of a file. */
export const linesOf = (file: string) => readFileSync(file, "utf8").split("\n").length - 1;

/** Replays into a store that takes everything. @returns the result, and what it took. */
export async function replayed(journal: JournalFiles) {
  const seen: View[] = [];
  const result = await journal.replay(async (views) => {
    seen.push(...views);
    return [];
  });
  return { ...result, times: seen.map((view) => view.at), seen };
}

/** Offers views one by one, as a store that a test stops in the middle. */
export const oneByOne =
  (record: (view: View) => void | Promise<void>): OfferViews =>
  async (offered) => {
    for (const view of offered) await record(view);
    return [];
  };

/** The counts of files that a journal reports. */
export async function reportOf(journal: JournalFiles) {
  let files: Parameters<Parameters<JournalFiles["report"]>[0]>[0] = [];
  await journal.report(async (reported) => {
    files = reported;
  });
  return files;
}

/** A journal folder for each test of a file, and the journals of processes that share it. */
export function journalFolder() {
  let scratch: ReturnType<typeof scratchDirectory>;
  const opened: JournalFiles[] = [];

  beforeEach(() => {
    scratch = scratchDirectory("journal");
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const journal of opened.splice(0)) await journal.close();
    scratch.remove();
  });

  const folder = {
    /** The clock by which other processes' files are watched, ms. It stands still unless a test moves it. */
    clock: 0,
    path: () => path.join(scratch.dir, "journal"),
    files: () => readdirSync(folder.path()).map((name) => path.join(folder.path(), name)),
    named: (ending: string) => folder.files().filter((file) => file.endsWith(ending)),
    onlyFile() {
      const [file, ...others] = folder.files();
      expect(others).toEqual([]);
      return file as string;
    },
    /** Opens the journal of one more process. */
    async reopen(maxBytes = MEGABYTE, process = "web-host-1") {
      const journal = await openJournal(folder.path(), maxBytes, process, () => folder.clock);
      opened.push(journal);
      return journal;
    },
    /** Lets so much time pass that files whose holders do not renew them are taken. */
    async waitOut(journal: JournalFiles, leaseMs = LEASE_MS) {
      await journal.tend();
      folder.clock += leaseMs;
      await journal.tend();
    },
    /** The methods shared by every open file, so that a test can intercept writes to the disk. */
    async fileHandleMethods() {
      const handle = await open(scratch.dir, "r");
      await handle.close();
      return Object.getPrototypeOf(handle) as Record<
        "appendFile" | "truncate" | "sync" | "datasync",
        (this: unknown, text?: string | number) => Promise<void>
      >;
    },
    /** Starts a process that journals views of a story: see its file. */
    spawnWriter(storyId: number, from: number, stopAfter = 0) {
      const script = path.join("tests", "support", "journal-writer.ts");
      const args = [folder.path(), storyId, from, stopAfter].map(String);
      return spawn(process.execPath, ["--import", "tsx", script, ...args], {
        stdio: ["ignore", "pipe", "inherit"],
      });
    },
  };
  return folder;
}
