import { randomBytes } from "node:crypto";

/** The ending of files that hold views. */
export const JOURNAL_SUFFIX = ".jsonl";
/** The ending of files with lines that no store takes. */
export const REJECTED_SUFFIX = ".rejected";
/** The ending of files that say how far a journal file was replayed. */
export const PLACE_SUFFIX = ".place";

/** Stands for the holder of a file that its process gave up when it ended: it may be taken at once. */
const FREE = "free";

/**
 * A journal file is called `<id>.<holder>.<beat>.jsonl`. The id stays for the file's life, and `<id>.place` and
 * `<id>.rejected` belong to it. The holder is one process; it gives the file a new beat every second.
 */
export const journalName = (id: string, holder: string, beat: number): string =>
  `${id}.${holder}.${beat}${JOURNAL_SUFFIX}`;

/** The name of a file that any process may take at once. */
export const freeName = (id: string, beat: number): string => journalName(id, FREE, beat);

/** The file's id, and how long, ms, its name must stay the same before another process takes it. */
export function describeName(name: string): { id: string; leaseMs: number } {
  const parsed = parseName(name);
  if (parsed) return { id: parsed.id, leaseMs: parsed.holder === FREE ? 0 : LEASE_MS };
  // A file of an earlier version, or one that an operator put here, gets an id of its own when it is taken.
  return { id: newFileId(), leaseMs: EARLIER_VERSION.test(name) ? EARLIER_LEASE_MS : LEASE_MS };
}

/** A new file's id. The time is for people who read a directory and for the order of replay; nothing relies on it. */
export const newFileId = (): string =>
  `${new Date().toISOString().replace(/[-:.]/g, "")}-${randomBytes(4).toString("hex")}`;

/** This process's name as a holder. The random part tells apart processes with the same host name and process id. */
export const newHolder = (process: string): string =>
  `${process.replace(/[^\w-]/g, "_").slice(0, 80)}-${randomBytes(4).toString("hex")}`;

/** A holder that has not renewed a file for this long, ms, has ended, or it will find that the file was taken. */
const LEASE_MS = 6000;
/** Earlier versions (`<host>.<pid>.<start>.<serial>.jsonl`) never renew a file and do not notice that it was taken. */
const EARLIER_LEASE_MS = 600_000;
const EARLIER_VERSION = /^[\w-]+\.\d+\.\d+\.\d+\.jsonl$/;
const CURRENT = /^([\w-]+)\.([\w-]+)\.\d+\.jsonl$/;

function parseName(name: string) {
  const [, id, holder] = CURRENT.exec(name) ?? [];
  return id && holder ? { id, holder } : null;
}
