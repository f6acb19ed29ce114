import type { RefusedMonth } from "~/stores/archive/run-archive";
import type { PrismaClient } from "../../../prisma/client/client";

/** As many files are listed, the newest months first. */
const MOST_FILES = 240;

/** The latest round and the files, as the worker left them in Postgres. */
export async function readArchive(db: PrismaClient) {
  const [round, files, sums] = await Promise.all([
    db.archiveRound.findUnique({ where: { id: 1 } }),
    db.archiveFile.findMany({ orderBy: [{ month: "desc" }, { file: "desc" }], take: MOST_FILES }),
    db.archiveFile.aggregate({
      where: { state: { not: "writing" } },
      _count: true,
      _sum: { storyRows: true, chapterRows: true, bytes: true },
    }),
  ]);
  return {
    round: round && {
      at: round.at,
      place: round.place,
      dueMonths: round.dueMonths,
      dueRows: Number(round.dueRows),
      refused: round.refused as unknown as RefusedMonth[],
      error: round.error,
      errorAt: round.errorAt,
      finishedAt: round.finishedAt,
    },
    files: files.map((file) => ({
      file: file.file,
      month: file.month.toISOString().slice(0, 7),
      state: file.state,
      place: file.place,
      rows: Number(file.storyRows + file.chapterRows),
      views: Number(file.storyViews + file.chapterViews),
      bytes: Number(file.bytes),
      sha256: file.sha256,
      done: Number(file.done),
      updatedAt: file.updatedAt,
      archivedAt: file.archivedAt,
      restoredAt: file.restoredAt,
    })),
    total: {
      files: sums._count,
      rows: Number((sums._sum.storyRows ?? 0n) + (sums._sum.chapterRows ?? 0n)),
      bytes: Number(sums._sum.bytes ?? 0n),
    },
  };
}
