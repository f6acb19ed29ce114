import { type FileHandle, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type OfferViews, StoresAway } from "~/tracker/offer-views";
import type { Journal } from "~/tracker/ports";
import type { View } from "~/tracker/view";
import { JOURNAL_SUFFIX, newHolder, PLACE_SUFFIX, REJECTED_SUFFIX } from "./file-name";
import { createHoldings, type FileCounts, type HeldFile, waitingIn } from "./holdings";
import { formatLine } from "./line";
import { ignoreMissing } from "./missing";
import { createRejectedFiles } from "./rejected-files";
import { type Rejection, replayFile } from "./replay-file";

/** The journal has reached its size limit and refuses views. */
export class JournalFull extends Error {
  override name = "JournalFull";
}

/** One file's lines and how they ended, for the table of journal files. */
export interface FileReport extends FileCounts {
  file: string;
  /** Lines in its `.rejected` file now. */
  setAside: number;
}

/** How one round of replay ended. */
export interface ReplayResult {
  replayed: number;
  torn: number;
  rejections: Rejection[];
  /** Files that could not be replayed to their end, though the round went on. They are tried again in the next round. */
  failures: { file: string; error: Error }[];
  /** Why the round ended early: no store answers. */
  interrupted: Error | null;
}

/** The journal, with replay. */
export interface JournalFiles extends Journal {
  /** Files held by this process, also those without a view in them. */
  files(): number;
  /**
   * Renews this process's files, and takes those whose holders have ended. Call it every second: a process that does not may
   * find its files taken, which loses nothing. Rejects when the disk refuses.
   */
  tend(): Promise<void>;
  /**
   * Offers every waiting view, oldest file first, and removes each file once all its lines have ended. `onChunk` is called
   * after each chunk of a file. Never rejects because of a file: see ReplayResult.
   */
  replay(offer: OfferViews, onChunk?: () => Promise<void>): Promise<ReplayResult>;
  /**
   * Hands the counts of all files to `save`: those held, those ended since the last report that was saved, and those with a
   * `.rejected` file in the directory. Does nothing when there are none; rejects as `save` does.
   */
  report(save: (files: FileReport[]) => Promise<void>): Promise<void>;
  /** Lines set aside in the directory's `.rejected` files, as `tend` last saw them. */
  setAside(): number;
  close(): Promise<void>;
}

/** A batch goes to this many files at most, each of which another process took while it was being written. */
const MAX_FILES_PER_BATCH = 5;

/**
 * Opens append-only files in `directory`, flushed to disk before a view is acknowledged. Once all files together hold
 * `maxBytes`, `append` rejects with JournalFull. A partial write is truncated, so that later lines stay readable. The directory
 * may be shared: each file has one holder, and a batch is acknowledged only in a file that was still this process's after the
 * flush. `process` names this process in file names. `daysBefore`: of so many days, a view's keys are kept (see DedupeWindow).
 * `now` is a clock that only runs forwards, ms.
 */
export async function openJournal(
  directory: string,
  maxBytes: number,
  process: string,
  now: () => number = () => performance.now(),
  daysBefore = 1,
): Promise<JournalFiles> {
  await mkdir(directory, { recursive: true });
  const holdings = createHoldings(directory, newHolder(process), now);
  const rejectedFiles = createRejectedFiles(directory);
  let writing: { file: HeldFile; handle: FileHandle; bytes: number } | null = null;
  /** Files that this process replayed to their end, until they are reported. */
  const ended = new Map<string, FileCounts>();
  /** Serialises writing and closing the file: a replay must not close it while a view is being written. */
  let turn: Promise<unknown> = Promise.resolve();
  await holdings.takeAbandoned();
  await holdings.removeStrayPlaces();
  await rejectedFiles.look();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    // The caller of a failed turn gets its error. The error does not stop the next turn.
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function usedBytes() {
    const names = (await readdir(directory)).filter(
      (name) => name.endsWith(JOURNAL_SUFFIX) || name.endsWith(REJECTED_SUFFIX),
    );
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(directory, name)).catch(ignoreMissing))?.size ?? 0),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async function write(views: View[]) {
    const text = `${views.map((view) => formatLine(view, daysBefore)).join("\n")}\n`;
    const bytes = Buffer.byteLength(text);
    for (let files = 0; files < MAX_FILES_PER_BATCH; files += 1) {
      if ((await usedBytes()) + bytes > maxBytes)
        throw new JournalFull(
          `the journal is full (${maxBytes} bytes); bring Redis or Postgres back, or raise JOURNAL_MAX_MB`,
        );
      writing ??= { ...(await holdings.create()), bytes: 0 };
      if (!(await appendTo(writing, text))) continue;
      writing.bytes += bytes;
      writing.file.counts.appended += views.length;
      return;
    }
    throw new Error(
      `other processes took ${MAX_FILES_PER_BATCH} journal files while they were being written`,
    );
  }

  /** Writes and flushes the text, and only then asks whether the file is still this process's. @returns false if it is not. */
  async function appendTo({ file, handle, bytes }: NonNullable<typeof writing>, text: string) {
    try {
      await handle.appendFile(text);
      await handle.datasync();
    } catch (error) {
      // On a network directory, writing to a file that its taker has removed fails.
      if ((await holdings.renew(file).catch(() => true)) === false) return dropTaken();
      // If it cannot be truncated, a torn line stays there and later lines go to another file.
      await handle.truncate(bytes).catch(letGo);
      throw error;
    }
    const stillOurs = await holdings.renew(file).catch(async (error) => {
      // Whether it is ours is unknown. The batch is not acknowledged, and later lines go to another file.
      await letGo();
      throw error;
    });
    return stillOurs || dropTaken();
  }

  async function dropTaken() {
    await letGo();
    return false;
  }

  async function letGo() {
    const handle = writing?.handle;
    writing = null;
    // Everything acknowledged was flushed before; closing has nothing left to lose.
    await handle?.close().catch(() => undefined);
  }

  /** Replays one file to its end and removes it, unless another process takes it meanwhile. */
  async function replayHeld(file: HeldFile, offer: OfferViews, onChunk: () => Promise<void>) {
    // New views go to a new file, so that the file being replayed no longer grows.
    if (file === writing?.file) await inTurn(letGo);
    const handle = await holdings.openToRead(file);
    if (!handle) return [];
    const rejections = await replayFile(
      {
        file,
        handle,
        placePath: join(directory, file.id + PLACE_SUFFIX),
        rejectedPath: join(directory, file.id + REJECTED_SUFFIX),
      },
      offer,
      onChunk,
    );
    if (!file.lost) {
      await holdings.remove(file);
      ended.set(file.id, file.counts);
    }
    return rejections;
  }

  return {
    append: (views) => inTurn(() => write(views)),
    size: () => holdings.all().reduce((sum, file) => sum + waitingIn(file.counts), 0),
    files: () => holdings.all().length,
    setAside: () => rejectedFiles.all().reduce((sum, file) => sum + file.lines, 0),

    async tend() {
      const renewals = await Promise.allSettled(holdings.all().map((file) => holdings.renew(file)));
      await holdings.takeAbandoned();
      await rejectedFiles.look();
      const failed = renewals.find((renewal) => renewal.status === "rejected");
      if (failed) throw failed.reason;
    },

    async replay(offer, onChunk = async () => {}) {
      const result: ReplayResult = {
        replayed: 0,
        torn: 0,
        rejections: [],
        failures: [],
        interrupted: null,
      };
      // The file being written comes last: while an older one waits, new views need no further file.
      const files = holdings.all().sort((a, b) => Number(a === writing?.file) - Number(b === writing?.file));
      for (const file of files) {
        const before = file.counts;
        try {
          result.rejections.push(...(await replayHeld(file, offer, onChunk)));
        } catch (error) {
          if (error instanceof StoresAway) result.interrupted = error;
          else result.failures.push({ file: file.id, error: error as Error });
        }
        result.replayed += file.counts.replayed - before.replayed;
        result.torn += file.counts.torn - before.torn;
        if (result.interrupted) break;
      }
      return result;
    },

    async report(save) {
      const counts = new Map<string, FileCounts>(ended);
      for (const file of holdings.all()) counts.set(file.id, { ...file.counts });
      const setAside = new Map(rejectedFiles.all().map(({ id, lines }) => [id, lines]));
      const none: FileCounts = { appended: 0, replayed: 0, rejected: 0, torn: 0 };
      const reports = [...new Set([...counts.keys(), ...setAside.keys()])].map((file) => ({
        file,
        ...(counts.get(file) ?? none),
        setAside: setAside.get(file) ?? 0,
      }));
      if (reports.length === 0) return;
      await save(reports);
      // A file that ended while its earlier counts were being saved stays for the next report.
      for (const [file, saved] of counts) if (ended.get(file) === saved) ended.delete(file);
    },

    close: () =>
      inTurn(async () => {
        await letGo();
        await holdings.releaseAll();
      }),
  };
}
