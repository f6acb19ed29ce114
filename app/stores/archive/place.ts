import type { Readable } from "node:stream";

/** Where the archive's files are: a directory, or a bucket. Every method rejects with one line that names the place. */
export interface ArchivePlace {
  /** For people, without credentials. */
  readonly name: string;
  /** A directory of this machine for files that are being written; what an earlier process left there is removed. */
  scratch(): Promise<string>;
  exists(file: string): Promise<boolean>;
  /**
   * Stores a finished file of the scratch directory under its name, in place of one that is there; the local file may be gone afterwards. When it resolves, the place has kept the bytes
   * durably; a crash in the middle leaves the name as it was.
   */
  put(file: string, localPath: string, sha256: string): Promise<void>;
  /** The bytes of a file. The stream, or the promise, fails when there is none. */
  read(file: string): Promise<Readable>;
}

/** The archive cannot go on with a file or a month. The message is one line for an operator: what, why, and what to do. */
export class ArchiveRefusal extends Error {
  override name = "ArchiveRefusal";
}
