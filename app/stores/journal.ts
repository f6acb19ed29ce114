import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
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
 * that later lines stay readable. Files that a dead process left are taken over, now and at every replay.
 */
export async function openJournal(directory: string, maxBytes: number, name: string): Promise<JournalFiles> {
  await mkdir(directory, { recursive: true });
  let file: { handle: FileHandle; path: string; bytes: number } | null = null;
  /** Path of the file being written, from before it is there: a replay that finds it must leave it alone. */
  let writing: string | null = null;
  let serial = 0;
  /** Views in each file that is this process's to replay. */
  const kept = new Map<string, number>();
  /** What opens, writes or closes the file waits here: a replay must not close it under a view being written. */
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
    turn = mine.catch(() => undefined);
    return mine;
  }

  /** Takes a file for this process; null when another took it first, or lives and will replay it itself. */
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

  /** The file's name is flushed too, or a crash of the machine could lose it with everything in it. */
  async function begin() {
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
    file ??= await begin();
    const { handle, path } = file;
    try {
      await handle.appendFile(text);
      await handle.datasync();
    } catch (error) {
      // What cannot be cut off stays there as a torn line; later ones go to another file.
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
      // New views go to a new file, so that what is replayed no longer grows.
      await inTurn(letGo);
      const paths = await files();
      // Somebody may have moved a file away by hand.
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
 * A file's lines, read piece by piece, as a journal may be larger than memory. A line cut off by a crash was never
 * acknowledged: it comes as null.
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
