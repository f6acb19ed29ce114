import { nameUsers } from "~/platform/people";
import { DAY_MS } from "~/tracker/window";
import type { PrismaClient } from "../../prisma/client/client";
import {
  absencesOf,
  type DrillSpan,
  type ModeMove,
  mergeAbsences,
  type Outage,
  splitAtDrillEnd,
} from "./merge-absences";
import { SILENT_AFTER_SECONDS } from "./processes";
import { presencesIn } from "./roll-up/samples";
import { readRolledUntil } from "./roll-up/until";

/** An outage, and what became of the views that came in meanwhile. */
export interface Incident extends Outage {
  views: IncidentViews;
}

/**
 * Views of stories and chapters, as the ledger counts them: a chapter read that also counts for its story is two. Of incidents that
 * overlap, each view belongs to the one that started last.
 */
export interface IncidentViews {
  /** Counted straight in Postgres, including those that were retracted later. */
  database: number;
  /** Of these, retracted by reconcile: Redis had already counted them. */
  retracted: number;
  /** Of these, not compared with Redis yet. */
  unreconciled: number;
  /** Page views that went to the journal, from where they are replayed with their own times. */
  journal: number;
  /** False if there are more rows than are read for a page: `database`, `retracted` and `unreconciled` are then the least. */
  complete: boolean;
}

/** How long mode changes, and the rows of views counted in Postgres, are kept (worker/retention), ms. */
export const INCIDENTS_KEPT_MS = 90 * DAY_MS;
/** Moves read at most, the newest: a site has some per deploy and per outage. */
const MAX_MOVES = 10_000;
/** Rows of views counted at most per table, reconciled or not: some 50 ms. */
const MAX_ROWS = 100_000;
/** A view may be counted this long, ms, before the process records its move, or after it. */
const MARGIN_MS = 1000;
/** Reconcile compares a row with Redis, or gives it up, at the latest so long after its view, ms: no window is longer. */
const RECONCILED_WITHIN_MS = 9 * DAY_MS;

/** The outages of the site between two times (Unix ms), the earliest first, each with its whole length, without what became of views. */
export async function readOutages(
  db: PrismaClient,
  from: number,
  to: number,
  now: number = Date.now(),
): Promise<Outage[]> {
  const moves = await readMoves(db, from, to, now);
  const lastSeen = await readLastSeen(db, moves, now);
  const absences = absencesOf(moves, lastSeen).filter((absence) => (absence.to ?? now) >= from);
  const drills = await readDrillSpans(
    db,
    absences.flatMap(({ drill }) => drill ?? []),
  );
  return mergeAbsences(splitAtDrillEnd(absences, drills)).filter(
    (outage) => outage.from <= to && (outage.to ?? now) >= from,
  );
}

/**
 * The outages of the site between two times (Unix ms), the latest first, each with its whole length, and with the views that were
 * counted elsewhere meanwhile. Needs only Postgres; rejects when it does not answer. Mode changes are kept for 90 days, and so are these.
 */
export async function readIncidents(
  db: PrismaClient,
  from: number,
  to: number,
  now: number = Date.now(),
): Promise<Incident[]> {
  const outages = await readOutages(db, from, to, now);
  if (outages.length === 0) return [];
  const [rows, journalled, named] = await Promise.all([
    countRows(db, outages, now),
    countJournalled(db, outages, now),
    nameUsers(db, outages, ["reason"]),
  ]);
  return named
    .map((outage, place) => ({ ...outage, views: { ...rows(place), journal: journalled.get(place) ?? 0 } }))
    .reverse();
}

/**
 * The moves of web processes in a span of time, by time. Before it, the last time that each process which was there left Redis or came
 * back; after it, the end of what it had not ended.
 */
async function readMoves(db: PrismaClient, from: number, to: number, now: number): Promise<ModeMove[]> {
  const [start, end] = [new Date(from), new Date(to)];
  const rows = await db.$queryRaw<(Omit<ModeMove, "at"> & { at: Date })[]>`
    WITH present AS (
      SELECT "process" FROM "Presence" WHERE "role" = 'web' AND "to" >= ${start} AND "from" <= ${start}
      UNION SELECT "process" FROM "Sample" WHERE "role" = 'web'
        AND "at" <= ${start} AND "at" >= ${start}::timestamptz - make_interval(secs => ${2 * SILENT_AFTER_SECONDS}::int)
    ), during AS (
      SELECT * FROM "ModeChange" WHERE "at" >= ${start} AND "at" <= ${end} AND "role" = 'web'
      ORDER BY "at" DESC, "id" DESC LIMIT ${MAX_MOVES}
    ), before AS (
      SELECT last.* FROM present, LATERAL (
        SELECT * FROM "ModeChange" m WHERE m."process" = present."process" AND m."at" < ${start} AND m."role" = 'web'
          AND (m."from" IN ('redis', 'started') OR m."to" = 'redis')
        ORDER BY m."at" DESC, m."id" DESC LIMIT 1) AS last
    ), after AS (
      SELECT next.* FROM (
        SELECT DISTINCT ON ("process") "process", "to" FROM (SELECT * FROM before UNION ALL SELECT * FROM during) moves
        ORDER BY "process", "at" DESC, "id" DESC) AS latest, LATERAL (
        SELECT * FROM "ModeChange" m WHERE m."process" = latest."process" AND m."at" > ${end} AND m."role" = 'web'
          AND m."to" = 'redis' AND m."at" <= ${new Date(now)}
        ORDER BY m."at", m."id" LIMIT 1) AS next
      WHERE latest."to" <> 'redis'
    )
    SELECT "at", "process", "from", "to", "reason"
    FROM (SELECT * FROM before UNION ALL SELECT * FROM during UNION ALL SELECT * FROM after) moves ORDER BY "at", "id"`;
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

/** When the processes that did not come back to Redis last reported. Few do that, so that only their reports are read. */
async function readLastSeen(db: PrismaClient, moves: ModeMove[], now: number) {
  const away = new Map<string, number>();
  const asked = new Map<string, number>();
  for (const { process, from, to, at } of moves) {
    const since = away.get(process);
    if (from === "started" && since !== undefined)
      asked.set(process, Math.min(since, asked.get(process) ?? since));
    if (to === "redis") away.delete(process);
    else if (since === undefined || from === "started") away.set(process, at);
  }
  for (const [process, since] of away) asked.set(process, Math.min(since, asked.get(process) ?? since));
  const spans = asked.size > 0 ? await readReports(db, [...asked.keys()], Math.min(...asked.values())) : [];
  return (process: string, since: number, before: number | null): number | null => {
    const until = before ?? now;
    const ends = spans
      .filter((span) => span.process === process && span.from.getTime() < until && span.to.getTime() > since)
      .map((span) => Math.min(span.to.getTime(), until));
    const last = Math.max(since, ...ends);
    return before === null && now - last <= SILENT_AFTER_SECONDS * 1000 ? null : last;
  };
}

/** When these web processes reported, from a time on: as it was rolled up, and the samples since. */
async function readReports(db: PrismaClient, processes: string[], from: number) {
  type Span = { process: string; from: Date; to: Date };
  const since = new Date(Math.max(from, await readRolledUntil(db, "samples")));
  const [noted, latest] = await Promise.all([
    db.presence.findMany({
      where: { process: { in: processes }, to: { gt: new Date(from) }, role: "web" },
      select: { process: true, from: true, to: true },
    }),
    db.$queryRawUnsafe<Span[]>(
      presencesIn(`role = 'web' AND at >= $1 AND process = ANY($2::text[])`),
      since,
      processes,
    ),
  ]);
  return [...noted, ...latest];
}

async function readDrillSpans(db: PrismaClient, ids: number[]): Promise<DrillSpan[]> {
  if (ids.length === 0) return [];
  const rows = await db.drill.findMany({
    where: { id: { in: [...new Set(ids)] } },
    select: { id: true, startedAt: true, endsAt: true, endedAt: true },
  });
  return rows.map(({ id, startedAt, endsAt, endedAt }) => ({
    id,
    from: startedAt.getTime(),
    to: (endedAt ?? endsAt).getTime(),
  }));
}

/** The rows of views counted in Postgres by outage, found by the indexes that reconcile uses: those that wait for it, and those it closed. */
async function countRows(db: PrismaClient, outages: Outage[], now: number) {
  const starts = outages.map(({ from }) => new Date(from - MARGIN_MS));
  const ends = outages.map(({ to }) => new Date((to ?? now) + MARGIN_MS));
  const first = new Date(Math.min(...starts.map(Number)));
  const last = new Date(Math.max(...ends.map(Number)));
  const rowsOf = (table: string) => `
    (SELECT "viewedAt", counted, "retractedAt", "reconciledAt" FROM ${table}
     WHERE "reconciledAt" IS NOT NULL AND "reconciledAt" >= $3 AND "reconciledAt" <= $5 ORDER BY "reconciledAt" DESC LIMIT ${MAX_ROWS})
    UNION ALL
    (SELECT "viewedAt", counted, "retractedAt", "reconciledAt" FROM ${table}
     WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL AND "viewedAt" >= $3 AND "viewedAt" <= $4 ORDER BY "viewedAt" DESC LIMIT ${MAX_ROWS})`;
  type Row = { place: number; database: number; retracted: number; unreconciled: number; all: number };
  const found = await db.$queryRawUnsafe<Row[]>(
    `WITH binned AS (
       SELECT *, width_bucket("viewedAt", $1::timestamptz[]) AS place
       FROM (${rowsOf(`"StoryView"`)} UNION ALL ${rowsOf(`"ChapterView"`)}) v
     )
     SELECT place, (SELECT count(*) FROM binned)::int AS all,
       (count(*) FILTER (WHERE counted OR "retractedAt" IS NOT NULL))::int AS database,
       (count(*) FILTER (WHERE "retractedAt" IS NOT NULL))::int AS retracted,
       (count(*) FILTER (WHERE counted AND "reconciledAt" IS NULL))::int AS unreconciled
     FROM binned WHERE place > 0 AND "viewedAt" <= ($2::timestamptz[])[place] GROUP BY place`,
    starts,
    ends,
    first,
    last,
    new Date(last.getTime() + RECONCILED_WITHIN_MS),
  );
  const byPlace = new Map(found.map((row) => [row.place - 1, row]));
  // Below this number, no table can have reached its limit.
  const complete = (found[0]?.all ?? 0) < MAX_ROWS;
  return (place: number) => {
    const { database = 0, retracted = 0, unreconciled = 0 } = byPlace.get(place) ?? {};
    return { database, retracted, unreconciled, complete };
  };
}

/** The page views that went to the journal in outages in which Postgres was unreachable too, from the samples. */
async function countJournalled(
  db: PrismaClient,
  outages: Outage[],
  now: number,
): Promise<Map<number, number>> {
  const some = outages.flatMap((outage, place) => (outage.journal ? [{ ...outage, place }] : []));
  if (some.length === 0) return new Map();
  const rows = await db.$queryRaw<{ place: number; views: number }[]>`
    SELECT o.place, (SELECT COALESCE(sum(s."journal"), 0)::int FROM "Sample" s
      WHERE s."at" > o."from" - interval '1 hour' AND s."at" <= o."to" AND s."journal" > 0
        AND s."at" + make_interval(secs => s."span") > o."from") AS views
    FROM unnest(${some.map(({ place }) => place)}::int[], ${some.map(({ from }) => new Date(from))}::timestamptz[],
      ${some.map(({ to }) => new Date(to ?? now))}::timestamptz[]) AS o(place, "from", "to")`;
  return new Map(rows.map(({ place, views }) => [place, views]));
}
