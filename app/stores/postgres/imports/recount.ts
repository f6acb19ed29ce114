import type pg from "pg";
import { type Change, changeDetails, changeHours, lockTargets } from "../set-history";
import { inTransaction } from "../transaction";
import { deriveCounts, type TargetCounts } from "./derive-counts";
import { walkVisits } from "./visits";

/** What a transaction changes at most, rows of the history and targets: views that go to Postgres wait for these targets meanwhile. */
const ROWS = 2000;
const TARGETS = 100;

/** What a recount came to. */
export interface Recounted {
  /** By how much the totals of stories, and of chapters, moved. */
  storyViews: number;
  chapterViews: number;
  /** Hours of the history that changed. */
  hours: number;
  /** Targets that were deleted meanwhile: they have no history to change. */
  missing: number;
}

/** Receives the counts of each target, before they are written. */
export type OnCounts = (counts: TargetCounts) => void;

/**
 * Makes history and totals what the visits of open imports come to. Each transaction sets some targets to their whole counts, so a
 * recount that is cut short is right for those that it reached, and the next one does the rest; one that finds nothing to change
 * changes nothing. `sources` are those of all open imports. Expects the lock of imports.
 */
export async function recount(
  pool: pg.Pool,
  windowMs: number,
  sources: string[],
  onCounts: OnCounts = () => {},
): Promise<Recounted> {
  const total: Recounted = { storyViews: 0, chapterViews: 0, hours: 0, missing: 0 };
  let some: TargetCounts[] = [];
  let rows = 0;
  const flush = async () => {
    if (some.length === 0) return;
    await setCounts(pool, some, sources, total);
    some = [];
    rows = 0;
  };
  for await (const counts of deriveCounts(walkVisits(pool, false), windowMs)) {
    onCounts(counts);
    if (some[0] && some[0].kind !== counts.kind) await flush();
    some.push(counts);
    rows += counts.hours.length + counts.details.length;
    if (rows >= ROWS || some.length >= TARGETS) await flush();
  }
  await flush();
  return total;
}

/** Derives the counts of a dry run, which is on one connection, and changes nothing. */
export async function tryCounts(client: pg.ClientBase, windowMs: number, onCounts: OnCounts): Promise<void> {
  for await (const counts of deriveCounts(walkVisits(client, true), windowMs)) onCounts(counts);
}

/** Sets the counts of some targets of one kind. */
async function setCounts(pool: pg.Pool, some: TargetCounts[], sources: string[], total: Recounted) {
  const kind = some[0]?.kind ?? "story";
  const ids = some.map(({ id }) => id);
  const details = some.flatMap((counts) => counts.details);
  const change: Change = { how: "set", sources };
  const { moved, missing } = await inTransaction(pool, async (client) => {
    const there = await lockTargets(client, kind === "chapter" ? "chapter" : "story", ids);
    if (kind !== "chapter")
      await changeDetails(
        client,
        there,
        details,
        kind === "story" ? ["referrer", "device"] : ["excluded"],
        change,
      );
    const moved =
      kind === "excluded"
        ? null
        : await changeHours(
            client,
            kind,
            there,
            some.flatMap(({ hours }) => hours),
            change,
          );
    return { moved, missing: ids.length - there.size };
  });
  total.missing += missing;
  total.hours += moved?.hours ?? 0;
  if (kind === "story") total.storyViews += moved?.totals ?? 0;
  else total.chapterViews += moved?.totals ?? 0;
}
