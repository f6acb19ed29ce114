import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { REJECTED_SUFFIX } from "./file-name";
import { ignoreMissing } from "./missing";
import { countLines } from "./read-lines";

interface RejectedFile {
  /** The id of the journal file that its lines come from. */
  id: string;
  lines: number;
  size: number;
}

/** Knows the `.rejected` files of a directory. Operators remove or rename them, so the directory decides, not memory. */
export function createRejectedFiles(directory: string): {
  all(): RejectedFile[];
  /** Looks again; a file is read only when its size has changed. */
  look(): Promise<void>;
} {
  let files: RejectedFile[] = [];

  async function describe(name: string): Promise<RejectedFile | null> {
    const path = join(directory, name);
    const id = name.slice(0, -REJECTED_SUFFIX.length);
    const size = (await stat(path).catch(ignoreMissing))?.size;
    if (size === undefined) return null;
    const known = files.find((file) => file.id === id && file.size === size);
    if (known) return known;
    const handle = await open(path, "r").catch(ignoreMissing);
    return handle && { id, size, lines: await countLines(handle, 0) };
  }

  return {
    all: () => files,
    async look() {
      const names = (await readdir(directory)).filter((name) => name.endsWith(REJECTED_SUFFIX)).sort();
      const found = await Promise.all(names.map(describe));
      files = found.filter((file) => file !== null);
    },
  };
}
