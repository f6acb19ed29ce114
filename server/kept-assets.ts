import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { every } from "../app/platform/every";

/** A file of an earlier version is kept for this long after the last process that has it, days. */
const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;
/** How often a process notes that its files are in use, ms. */
const IN_USE_MS = DAY_MS / 4;

/**
 * Keeps the files that builds made for browsers: pages that are open during a deploy still ask for those of the version before. `built`
 * is the folder of this build, `kept` the one that outlives it; processes and machines may share it. Nothing of the site depends on it,
 * so failures go to `onError`. Resolves, once this build's files are there, with a function that stops.
 */
export async function keepAssets(
  built: string,
  kept: string,
  onError: (error: Error) => void,
  now: () => number = Date.now,
): Promise<() => Promise<void>> {
  const keep = async () => {
    await mkdir(kept, { recursive: true });
    const names = await readdir(built);
    for (const name of names) await keepFile(path.join(built, name), path.join(kept, name), new Date(now()));
    await removeOld(kept, now() - KEPT_DAYS * DAY_MS);
  };
  await keep().catch(onError);
  return every(IN_USE_MS, keep, onError, { firstAfterMs: IN_USE_MS });
}

/** The file's time says when it was last in use. It appears as a whole, since other processes may serve it at any moment. */
async function keepFile(from: string, to: string, at: Date) {
  try {
    await utimes(to, at, at);
  } catch {
    // Processes of several containers may have one id.
    const part = `${to}.${randomUUID()}.part`;
    await copyFile(from, part);
    await utimes(part, at, at);
    await rename(part, to);
  }
}

async function removeOld(folder: string, before: number) {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
      // Another process has removed it.
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (found && found.mtimeMs < before) await rm(file, { force: true });
  }
}
