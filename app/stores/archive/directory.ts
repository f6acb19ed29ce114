import { createReadStream } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { type ArchivePlace, ArchiveRefusal } from "./place";

/** Files that are being written. A crash leaves some behind; no name in the archive itself ever holds half a file. */
const SCRATCH = ".partial";

/** Keeps the archive in a directory, for example of a mounted disk. It is created when the first file is written. */
export function archiveDirectory(directory: string): ArchivePlace {
  const scratch = path.join(directory, SCRATCH);
  const at = (file: string) => path.join(directory, file);
  return {
    name: directory,
    async scratch() {
      await rm(scratch, { recursive: true, force: true });
      await mkdir(scratch, { recursive: true });
      return scratch;
    },
    exists: (file) =>
      access(at(file)).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "ENOENT") return false;
          throw error;
        },
      ),
    async put(file, localPath) {
      await flush(localPath);
      await rename(localPath, at(file));
      // The name is durable only once the directory is.
      await flush(directory);
    },
    async read(file) {
      const handle = await open(at(file)).catch((error: NodeJS.ErrnoException) => {
        throw error.code === "ENOENT" ? new ArchiveRefusal(`${directory} has no ${file}.`) : error;
      });
      return createReadStream("", { fd: handle });
    },
  };
}

async function flush(place: string) {
  const handle = await open(place, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
