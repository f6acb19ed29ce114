import type { FileReport } from "~/stores/journal/open-journal";
import type { PrismaClient } from "../../prisma/client/client";

/** What is known of one journal file. */
export interface JournalFileNow {
  file: string;
  /** The process that last held it. */
  process: string;
  appended: number;
  replayed: number;
  rejected: number;
  torn: number;
  /** Views that wait in the file; 0 once nothing is left, or when no process has seen the file for a minute. */
  waiting: number;
  /** Acknowledged views of a file that no process has seen for a minute: they were not replayed. */
  missing: number;
  /** Lines in its `.rejected` file. */
  setAside: number;
  /** The name of that file. */
  rejectedFile: string;
  updatedAt: Date;
}

/** A file that no process has reported for this long, seconds, is not there: reports come every ten seconds. */
export const FILE_GONE_AFTER_SECONDS = 60;
/** Files shown and checked at a time. */
const MAX_FILES = 200;

/** Stores the counts of this process's files. Counts only grow, so a late report of a file's former holder changes nothing. */
export async function saveJournalFiles(
  db: PrismaClient,
  process: string,
  files: FileReport[],
): Promise<void> {
  const column = (name: Exclude<keyof FileReport, "file">) => files.map((file) => file[name]);
  await db.$executeRaw`
    INSERT INTO "JournalFile" AS f (file, process, appended, replayed, rejected, torn, "setAside")
    SELECT u.file, ${process}, u.appended, u.replayed, u.rejected, u.torn, u."setAside"
    FROM unnest(${files.map(({ file }) => file)}::text[], ${column("appended")}::int[], ${column("replayed")}::int[],
      ${column("rejected")}::int[], ${column("torn")}::int[], ${column("setAside")}::int[])
      AS u(file, appended, replayed, rejected, torn, "setAside")
    ORDER BY u.file
    ON CONFLICT (file) DO UPDATE SET "updatedAt" = now(), "setAside" = EXCLUDED."setAside",
      -- A process that only sees the file's rejected lines has not held it.
      process = CASE WHEN EXCLUDED.appended > 0 THEN EXCLUDED.process ELSE f.process END,
      appended = GREATEST(f.appended, EXCLUDED.appended), replayed = GREATEST(f.replayed, EXCLUDED.replayed),
      rejected = GREATEST(f.rejected, EXCLUDED.rejected), torn = GREATEST(f.torn, EXCLUDED.torn)`;
}

/** Reads the files that have waiting, missing, torn or set-aside lines: the newest first, at most 200. */
export async function readJournalFiles(db: PrismaClient): Promise<JournalFileNow[]> {
  const rows = await db.$queryRaw<
    (Omit<JournalFileNow, "waiting" | "missing"> & { there: boolean; left: number })[]
  >`
    SELECT file, process, appended, replayed, rejected, torn, there, "updatedAt", file || '.rejected' AS "rejectedFile",
      GREATEST(0, appended - replayed - rejected - torn) AS left,
      CASE WHEN there THEN "setAside" ELSE 0 END AS "setAside"
    FROM (SELECT *, "updatedAt" > now() - make_interval(secs => ${FILE_GONE_AFTER_SECONDS}) AS there FROM "JournalFile") files
    WHERE appended > replayed + rejected + torn OR torn > 0 OR (there AND "setAside" > 0)
    ORDER BY file DESC LIMIT ${MAX_FILES}`;
  return rows.map(({ there, left, ...file }) => ({
    ...file,
    waiting: there ? left : 0,
    missing: there ? 0 : left,
  }));
}
