import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Journal } from "../tracker/ports";
import type { Device, TargetKind, View } from "../tracker/view";
import { dayOf } from "../tracker/window";

/** One view per line, with the viewer's keys for that day and the days before and after. It never holds an address. */
interface Line {
  at: number;
  offers: [kind: TargetKind, id: number, storyId: number, key: string, before: string, after: string][];
  referrer: string;
  device: Device;
}

/** The journal has reached its size limit and refuses views. */
export class JournalFull extends Error {
  override name = "JournalFull";
}

/** The journal, with replay. */
export interface JournalFiles extends Journal {
  /**
   * Offers every journalled view to `record`, which must reject unless a store has it, and removes each file once a
   * store has all of its views. A replay that is cut short starts again with the same views: stores recognise them by
   * their times. @returns views replayed, and lines that could not be read.
   */
  replay(record: (view: View) => Promise<void>): Promise<{ replayed: number; torn: number }>;
  close(): Promise<void>;
}

const SUFFIX = ".jsonl";
/** Views offered at a time while replaying. */
const REPLAY_CHUNK = 500;
/** Another machine's file that has not been written to for this long, ms, is treated as orphaned. */
const ORPHANED_AFTER_MS = 600_000;

/** `host.pid.start`: unique per process, even where every container's process has PID 1. */
export const journalName = (host: string, pid: number, startedAt: number) =>
  `${host.replace(/[^\w-]/g, "_")}.${pid}.${startedAt}`;

/**
 * Opens append-only files in `directory`, one per process, flushed to disk before a view is acknowledged. Once all files
 * together hold `maxBytes`, `append` rejects with JournalFull. A partial write is truncated, so that later lines stay
 * readable. Files left by a dead process are taken over, now and at every replay.
 */
export async function openJournal(directory: string, maxBytes: number, name: string): Promise<JournalFiles> {
  await mkdir(directory, { recursive: true });
  let file: { handle: FileHandle; path: string; bytes: number } | null = null;
  /** Path of the file being written, set before the file exists: a replay that finds it must leave it alone. */
  let writing: string | null = null;
  let serial = 0;
  /** Views in each file that is this process's to replay. */
  const kept = new Map<string, number>();
  /** Serialises opening, writing and closing the file: a replay must not close it while a view is being written. */
  let turn: Promise<unknown> = Promise.resolve();
  const nextPath = () => join(directory, `${name}.${serial++}${SUFFIX}`);
  for (const path of await files()) await takeOver(path);

  async function files() {
    const names = (await readdir(directory)).filter((entry) => entry.endsWith(SUFFIX));
    return names.sort().map((entry) => join(directory, entry));
  }

  async function used() {
    const sizes = await Promise.all(
      (await files()).map(async (path) => (await stat(path).catch(nullIfGone))?.size ?? 0),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    // The caller of a failed turn gets its error. The error does not stop the next turn.
    turn = mine.catch(() => undefined);
    return mine;
  }

  /** Claims a file for this process; null when another process claimed it first, or is alive and will replay it itself. */
  async function takeOver(path: string): Promise<string | null> {
    if (kept.has(path)) return path;
    const [host = "", pid] = basename(path).split(".");
    const [ownHost, ownPid] = name.split(".");
    const alive = host === ownHost ? pid !== ownPid && isAlive(Number(pid)) : !(await isOld(path));
    if (alive) return null;
    const taken = nextPath();
    if (!(await rename(path, taken).then(() => true, nullIfGone))) return null;
    let views = 0;
    for await (const line of linesOf(taken)) if (line) views += 1;
    kept.set(taken, views);
    return taken;
  }

  /** Flushes the directory entry too; otherwise a machine crash could lose the file and everything in it. */
  async function openNext() {
    const path = nextPath();
    writing = path;
    const handle = await open(path, "a", 0o600);
    const place = await open(directory, "r");
    await place.sync().finally(() => place.close());
    kept.set(path, 0);
    return { handle, path, bytes: 0 };
  }

  async function write(views: View[]) {
    const text = `${views.map((view) => JSON.stringify(lineOf(view))).join("\n")}\n`;
    const bytes = Buffer.byteLength(text);
    if ((await used()) + bytes > maxBytes)
      throw new JournalFull(
        `the journal is full (${maxBytes} bytes); bring Redis or Postgres back, or raise JOURNAL_MAX_MB`,
      );
    file ??= await openNext();
    const { handle, path } = file;
    try {
      await handle.appendFile(text);
      await handle.datasync();
    } catch (error) {
      // If it cannot be truncated, a torn line stays there and later lines go to another file.
      await handle.truncate(file.bytes).catch(letGo);
      throw error;
    }
    file.bytes += bytes;
    kept.set(path, (kept.get(path) ?? 0) + views.length);
  }

  async function letGo() {
    await file?.handle.close();
    file = null;
    writing = null;
  }

  return {
    append: (views) => inTurn(() => write(views)),
    size: () => [...kept.values()].reduce((sum, views) => sum + views, 0),
    async replay(record) {
      const total = { replayed: 0, torn: 0 };
      // New views go to a new file, so that the files being replayed no longer grow.
      await inTurn(letGo);
      const paths = await files();
      // An operator may have moved a file away by hand.
      for (const path of kept.keys()) if (path !== writing && !paths.includes(path)) kept.delete(path);
      for (const path of paths) {
        if (path === writing) continue;
        const mine = await takeOver(path);
        if (!mine) continue;
        const { replayed, torn } = await replayFile(mine, record);
        await unlink(mine);
        kept.delete(mine);
        total.replayed += replayed;
        total.torn += torn;
      }
      return total;
    },
    close: () => inTurn(letGo),
  };
}

async function replayFile(path: string, record: (view: View) => Promise<void>) {
  let replayed = 0;
  let torn = 0;
  let chunk: Line[] = [];
  const offerChunk = async () => {
    await Promise.all(chunk.map((line) => record(viewOf(line))));
    replayed += chunk.length;
    chunk = [];
  };
  for await (const line of linesOf(path)) {
    if (line) chunk.push(line);
    else torn += 1;
    if (chunk.length === REPLAY_CHUNK) await offerChunk();
  }
  await offerChunk();
  return { replayed, torn };
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

/**
 * Reads a file's lines as a stream, because a journal may be larger than memory. Yields null for a line cut off by a
 * crash: it was never acknowledged.
 */
async function* linesOf(path: string): AsyncGenerator<Line | null> {
  let rest = "";
  for await (const piece of createReadStream(path, "utf8")) {
    rest += piece;
    if (!piece.includes("\n")) continue;
    const whole = rest.split("\n");
    rest = whole.pop() ?? "";
    for (const text of whole) if (text !== "") yield parse(text);
  }
  if (rest !== "") yield parse(rest);
}

function parse(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Partial<Line> | null;
    return typeof line?.at === "number" && Array.isArray(line.offers) ? (line as Line) : null;
  } catch {
    return null;
  }
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
    key: (wanted: number) => (wanted < day ? before : wanted > day ? after : key),
  }));
  return {
    offers: offers as View["offers"],
    at: line.at,
    seenAt: line.at,
    referrer: line.referrer,
    device: line.device,
  };
}
