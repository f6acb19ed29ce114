import { type FileHandle, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { describeName, freeName, JOURNAL_SUFFIX, journalName, newFileId, PLACE_SUFFIX } from "./file-name";
import { ignoreMissing } from "./missing";
import { readPlace, removePlace } from "./place";
import { countLines } from "./read-lines";

/** The lines of one file and how they ended. Those that have not ended yet are waiting: see `waitingIn`. */
export interface FileCounts {
  appended: number;
  replayed: number;
  rejected: number;
  torn: number;
}

/** A journal file of this process, until it is replayed or another process takes it. */
export interface HeldFile {
  readonly id: string;
  /** Changes with every renewal. */
  path: string;
  counts: FileCounts;
  /** Another process has taken it: nothing more may be acknowledged in it, and there is nothing left to do for it. */
  lost: boolean;
}

/** Lines of a file that no store has yet. */
export const waitingIn = ({ appended, replayed, rejected, torn }: FileCounts): number =>
  Math.max(0, appended - replayed - rejected - torn);

/**
 * The files that this process holds. Renaming does everything: the file's name is the lease, a new name renews it, and a file is
 * taken by renaming it to a name of the taker's. No two names are the same, so of two processes that rename one file the
 * second finds no file under the old name. The file system decides, not a clock, a process id or a host name
 * (docs/decisions/0017).
 */
export interface Holdings {
  /** Sorted by id: the oldest first. */
  all(): HeldFile[];
  /** Names a new, empty file and opens it. The directory is flushed too, or a crash of the machine could lose the file. */
  create(): Promise<{ file: HeldFile; handle: FileHandle }>;
  /** Opens a held file for reading. @returns null when it was taken. */
  openToRead(file: HeldFile): Promise<FileHandle | null>;
  /**
   * Gives the file its next name. @returns false when another process has taken it; true means that everything flushed to the
   * file until now will be read by any process that takes it later. Rejects when the disk refuses, which proves neither.
   */
  renew(file: HeldFile): Promise<boolean>;
  /** Takes the files whose holders have given them up or stopped renewing them. */
  takeAbandoned(): Promise<void>;
  /** Removes places whose file is gone: a process that was paused may have kept one for a file that another one removed. */
  removeStrayPlaces(): Promise<void>;
  /** Removes a file of which every line has ended. */
  remove(file: HeldFile): Promise<void>;
  /** Gives every file up, so that another process need not wait before it takes them. */
  releaseAll(): Promise<void>;
}

/** `now` is a clock that only runs forwards, ms; it measures how long another process's file has kept its name. */
export function createHoldings(directory: string, holder: string, now: () => number): Holdings {
  const held = new Set<HeldFile>();
  /** Files of other processes, by everything that renewing or writing changes, and since when they have been unchanged. */
  let unchanged = new Map<string, number>();
  let beat = 0;
  let released = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** One rename, removal or opening at a time: between looking up a path and using it, it must not change. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    // The caller of a failed turn gets its error. The error does not stop the next turn.
    turn = mine.catch(() => undefined);
    return mine;
  }

  const nextPath = (id: string) => join(directory, journalName(id, holder, beat++));
  const placePath = (id: string) => join(directory, id + PLACE_SUFFIX);

  function lose(file: HeldFile) {
    file.lost = true;
    held.delete(file);
  }

  async function moveTo(file: HeldFile, path: string) {
    if (file.lost) return false;
    const moved = await rename(file.path, path).then(() => true, ignoreMissing);
    if (moved) file.path = path;
    else lose(file);
    return moved === true;
  }

  async function take(path: string, id: string) {
    const mine = nextPath(id);
    if (!(await rename(path, mine).then(() => true, ignoreMissing))) return;
    const { size } = await stat(mine);
    const place = await readPlace(placePath(id), size);
    const ended = place.replayed + place.rejected + place.torn;
    const waiting = await countLines(await open(mine, "r"), place.offset);
    const { replayed, rejected, torn } = place;
    held.add({
      id,
      path: mine,
      counts: { appended: ended + waiting, replayed, rejected, torn },
      lost: false,
    });
  }

  async function takeAbandoned() {
    const names = (await readdir(directory)).filter((name) => name.endsWith(JOURNAL_SUFFIX)).sort();
    const still = new Map<string, number>();
    const errors: unknown[] = [];
    for (const name of names) {
      // A process that is ending must not take back what it has just given up.
      if (released) return;
      const path = join(directory, name);
      if ([...held].some((file) => file.path === path)) continue;
      try {
        const found = await stat(path).catch(ignoreMissing);
        if (!found) continue;
        const state = `${name} ${found.size} ${found.mtimeMs}`;
        const since = unchanged.get(state) ?? now();
        still.set(state, since);
        const { id, leaseMs } = describeName(name);
        if (now() - since >= leaseMs) await take(path, id);
      } catch (error) {
        // One file that cannot be read must not keep the others waiting.
        errors.push(error);
      }
    }
    unchanged = still;
    if (errors.length > 0) throw errors[0];
  }

  return {
    all: () => [...held].sort((a, b) => (a.id < b.id ? -1 : 1)),
    create: () =>
      inTurn(async () => {
        const id = newFileId();
        const path = nextPath(id);
        const handle = await open(path, "ax", 0o600);
        const place = await open(directory, "r");
        await place.sync().finally(() => place.close());
        const file = { id, path, counts: { appended: 0, replayed: 0, rejected: 0, torn: 0 }, lost: false };
        held.add(file);
        return { file, handle };
      }),
    openToRead: (file) => inTurn(async () => (file.lost ? null : open(file.path, "r").catch(ignoreMissing))),
    renew: (file) => inTurn(() => moveTo(file, nextPath(file.id))),
    takeAbandoned,
    async removeStrayPlaces() {
      const names = await readdir(directory);
      const ids = new Set(
        names.filter((name) => name.endsWith(JOURNAL_SUFFIX)).map((name) => name.split(".")[0]),
      );
      for (const name of names) {
        const id = name.slice(0, -PLACE_SUFFIX.length);
        if (name.endsWith(PLACE_SUFFIX) && !ids.has(id)) await removePlace(placePath(id));
      }
    },
    remove: (file) =>
      inTurn(async () => {
        await unlink(file.path).catch(ignoreMissing);
        await removePlace(placePath(file.id));
        lose(file);
      }),
    releaseAll: () =>
      inTurn(async () => {
        released = true;
        for (const file of held) {
          await moveTo(file, join(directory, freeName(file.id, beat++)));
          lose(file);
        }
      }),
  };
}
