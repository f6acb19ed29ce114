import type { SerializeFrom } from "@remix-run/node";
import { formatCount, formatNumber, MONTHS } from "~/shared/format";
import type { loadArchivePage } from "./load-archive-page";

export type ArchiveData = SerializeFrom<typeof loadArchivePage>;
export type Archive = Extract<ArchiveData["archive"], { ok: true }>["data"];
export type FileRow = Archive["files"][number];

/** `2025-03` as people write it. */
export function nameMonth(month: string): string {
  const [year = "", number = ""] = month.split("-");
  return `${MONTHS[Number(number) - 1] ?? number} ${year}`;
}

/** What a file's state means. */
export const FILE_STATES: Record<string, string> = {
  writing: "Being written",
  deleting: "Stored, rows are leaving",
  archived: "Archived",
  restoring: "Being restored",
  restored: "Restored: rows are in the tables",
};

/** How far the present step of a file is; null where it is in none. */
export function describeProgress({ state, done, rows }: FileRow): string | null {
  if (state === "writing") return `${formatCount(done, "row")} written`;
  if (state === "deleting") return `${formatNumber(done)} of ${formatCount(rows, "row")} left the tables`;
  if (state === "restoring") return `${formatNumber(done)} of ${formatCount(rows, "row")} are back`;
  return null;
}

/** The state of the archive, then what it means. */
export function describeArchive(
  data: ArchiveData,
  { round, files }: Archive,
): { title: string; text: string } {
  const age = data.afterMonths === 12 ? "a year" : formatCount(data.afterMonths, "month");
  if (!round?.place)
    return {
      title: "The archive is off",
      text: `Rows of views stay in Postgres. With ARCHIVE_URL, the worker moves those older than ${age} into one compressed file per month.`,
    };
  if (data.paused)
    return {
      title: "The archive is paused",
      text: `Reason: ${data.pausedReason}. Rows stay where they are; what is half done goes on when it is resumed.`,
    };
  if (round.error)
    return {
      title: "The archive fails",
      text: `${round.error}${/[.!?]$/.test(round.error) ? "" : "."} Nothing is lost, and it is tried again every ten minutes.`,
    };
  const busy = files.find(({ state }) => state === "writing" || state === "deleting");
  if (busy && !round.refused.some(({ month }) => month === busy.month))
    return {
      title: `Archiving ${nameMonth(busy.month)}: ${describeProgress(busy)}`,
      text: `Counts and history do not change. ${formatCount(round.dueMonths, "month")} with ${formatCount(round.dueRows, "row")} ${round.dueMonths === 1 ? "was" : "were"} due when this round started.`,
    };
  if (round.refused.length > 0)
    return {
      title: `${formatCount(round.refused.length, "month")} cannot be archived yet`,
      text: "Their rows stay in the tables until what is named below is resolved.",
    };
  const restored = files.filter(({ state }) => state === "restoring" || state === "restored");
  if (restored.length > 0)
    return {
      title: `Archived, except for ${formatCount(restored.length, "restored month")}`,
      text: "Restored rows stay in the tables until you let them leave again, below. Counts and history do not depend on them.",
    };
  return {
    title: `All rows of views older than ${age} are archived`,
    text: "Counts, history and the ledger never depend on these rows, so every page shows archived months as before.",
  };
}
