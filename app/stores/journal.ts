import { type FileHandle, mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Journal } from "../tracker/ports";
import type { Device, TargetKind, View } from "../tracker/view";
import { dayOf } from "../tracker/window";

/** One view a line. Keys are the viewer's of the day, the day before and the day after: no address gets here. */
interface Line {
  at: number;
  offers: [kind: TargetKind, id: number, storyId: number, key: string, before: string, after: string][];
  referrer: string;
  device: Device;
}

export class JournalFull extends Error {
  override name = "JournalFull";
}

export interface JournalFiles extends Journal {
  /**
   * Offers every kept view to `record`, which must reject unless a store has it, and removes a file once all of it is
   * kept elsewhere. Cut short, it begins again with the same views: stores know them by their own times.
   * @returns views replayed, and lines that could not be read.
   */
  replay(record: (view: View) => Promise<void>): Promise<{ replayed: number; torn: number }>;
  close(): Promise<void>;
}

const SUFFIX = ".jsonl";
/** Views offered at a time while replaying. */
const REPLAY_CHUNK = 500;
/** A file of another machine that was not written for this long, ms, belongs to nobody any more. */
const ORPHANED_AFTER_MS = 600_000;

/** `host.pid.start`: a process's own, even where every container's process has number 1. */
export const journalName = (host: string, pid: number, startedAt: number) =>
  `${host.replace(/[^\w-]/g, "_")}.${pid}.${startedAt}`;

/**
 * Append-only files in `directory`, one a process, flushed to the disk before a view is acknowledged. Bounded: beyond
 * `maxBytes` in all files together `append` rejects with JournalFull. A write that failed half-way is cut off again, so
 * that later lines stay readable.
 */
export async function openJournal(directory: string, maxBytes: number, name: string): Promise<JournalFiles> {
  await mkdir(directory, { recursive: true });
  let file: { handle: FileHandle; path: string; bytes: number } | null = null;
  let kept = 0;
  let serial = 0;
  for (const path of await files()) kept += (await readLines(path)).lines.length;

  async function files() {
    const names = (await readdir(directory)).filter((entry) => entry.endsWith(SUFFIX));
    return names.sort().map((entry) => join(directory, entry));
  }

  async function used() {
    const sizes = await Promise.all((await files()).map(async (path) => (await stat(path)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  const nextPath = () => join(directory, `${name}.${serial++}${SUFFIX}`);

  /** Takes a file for this process; null when another took it first, or lives and will replay it itself. */
  async function claim(path: string): Promise<string | null> {
    const [host = "", pid, startedAt] = basename(path).split(".");
    if (journalName(host, Number(pid), Number(startedAt)) === name) return path;
    const [ownHost, ownPid] = name.split(".");
    const alive = host === ownHost ? pid !== ownPid && isAlive(Number(pid)) : !(await isOld(path));
    if (alive) return null;
    const claimed = nextPath();
    return rename(path, claimed).then(() => claimed, nullIfGone);
  }

  async function append(views: View[]) {
    const text = `${views.map((view) => JSON.stringify(lineOf(view))).join("\n")}\n`;
    const bytes = Buffer.byteLength(text);
    if ((await used()) + bytes > maxBytes)
      throw new JournalFull(
        `the journal is full (${maxBytes} bytes); bring Redis or Postgres back, or raise JOURNAL_MAX_MB`,
      );
    if (!file) {
      const path = nextPath();
      file = { handle: await open(path, "a", 0o600), path, bytes: 0 };
    }
    try {
      await file.handle.appendFile(text);
      await file.handle.datasync();
    } catch (error) {
      await file.handle.truncate(file.bytes);
      throw error;
    }
    file.bytes += bytes;
    kept += views.length;
  }

  return {
    append,
    size: () => kept,
    async replay(record) {
      // New views go to a new file, so that what is replayed no longer grows.
      await file?.handle.close();
      file = null;
      let replayed = 0;
      let torn = 0;
      for (const path of await files()) {
        const claimed = await claim(path);
        if (!claimed) continue;
        const { lines, broken } = await readLines(claimed);
        for (let i = 0; i < lines.length; i += REPLAY_CHUNK)
          await Promise.all(lines.slice(i, i + REPLAY_CHUNK).map((line) => record(viewOf(line))));
        await unlink(claimed);
        kept = Math.max(0, kept - lines.length);
        replayed += lines.length;
        torn += broken;
      }
      return { replayed, torn };
    },
    async close() {
      await file?.handle.close();
      file = null;
    },
  };
}

function nullIfGone(error: NodeJS.ErrnoException) {
  if (error.code === "ENOENT") return null;
  throw error;
}

function isAlive(pid: number) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function isOld(path: string) {
  const found = await stat(path).catch(nullIfGone);
  return found !== null && Date.now() - found.mtimeMs > ORPHANED_AFTER_MS;
}

/** A line cut off by a crash was never acknowledged: it is counted as torn and left out. */
async function readLines(path: string): Promise<{ lines: Line[]; broken: number }> {
  const lines: Line[] = [];
  let broken = 0;
  for (const text of (await readFile(path, "utf8")).split("\n")) {
    if (text === "") continue;
    try {
      lines.push(JSON.parse(text) as Line);
    } catch {
      broken += 1;
    }
  }
  return { lines, broken };
}

function lineOf(view: View): Line {
  const at = view.at ?? view.seenAt;
  const day = dayOf(at);
  const offers = view.offers.map((offer): Line["offers"][number] => [
    offer.kind,
    offer.id,
    offer.storyId,
    offer.key(day),
    offer.key(day - 1),
    offer.key(day + 1),
  ]);
  return { at, offers, referrer: view.referrer, device: view.device };
}

function viewOf(line: Line): View {
  const day = dayOf(line.at);
  const offers = line.offers.map(([kind, id, storyId, key, before, after]) => ({
    kind,
    id,
    storyId,
    key: (asked: number) => (asked < day ? before : asked > day ? after : key),
  }));
  return {
    offers: offers as View["offers"],
    at: line.at,
    seenAt: line.at,
    referrer: line.referrer,
    device: line.device,
  };
}
