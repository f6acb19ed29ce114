import type { PrismaClient } from "../../prisma/client/client";

/** One process's last report about itself. */
export interface ProcessNow {
  process: string;
  role: string;
  mode: string;
  /** When and why it started to count there; null when it has done so since its first report. */
  since: Date | null;
  reason: string;
  reportedAt: Date;
  /** Views in its journal, not yet replayed. */
  journalled: number;
  /** It missed several reports: it has stopped, or cannot write to Postgres. */
  silent: boolean;
}

/** Unsynced views as the worker last saw them. */
export interface LastKnownUnsynced {
  views: number;
  lagSeconds: number | null;
  asOf: Date;
}

/** A process is silent after this long, seconds, without a report. It reports every 10 s, so this is four missed reports. */
export const SILENT_AFTER_SECONDS = 45;
const FORGOTTEN_AFTER_SECONDS = 600;

/** Reads every process that reported in the last ten minutes, web first, with the last change of where it counts. */
export async function readProcesses(db: Pick<PrismaClient, "$queryRaw">, now: Date): Promise<ProcessNow[]> {
  const rows = await db.$queryRaw<
    {
      process: string;
      role: string;
      mode: string;
      reportedAt: Date;
      journalled: number;
      changedAt: Date | null;
      changedTo: string | null;
      reason: string | null;
    }[]
  >`
    SELECT s."process", s."role", s."mode", s."reportedAt", s."journalled", c."at" AS "changedAt", c."to" AS "changedTo", c."reason"
    FROM (
      SELECT DISTINCT ON ("process") "process", "role", "mode", "journalled",
             "at" + make_interval(secs => "span") AS "reportedAt"
      FROM "Sample" WHERE "at" >= ${new Date(now.getTime() - FORGOTTEN_AFTER_SECONDS * 1000)}
      ORDER BY "process", "at" DESC
    ) AS s
    LEFT JOIN LATERAL (
      SELECT "at", "to", "reason" FROM "ModeChange" WHERE "process" = s."process" ORDER BY "at" DESC LIMIT 1
    ) AS c ON true
    ORDER BY s."role" DESC, s."process"`;
  return rows.map(({ changedAt, changedTo, reason, ...row }) => {
    // A change is written at once, a sample up to ten seconds later. In the same millisecond, a sample that knows of the change agrees.
    const mode = changedAt && changedTo && changedAt >= row.reportedAt ? changedTo : row.mode;
    const known = changedTo === mode;
    return {
      ...row,
      mode,
      since: known ? changedAt : null,
      reason: known ? (reason ?? "") : "",
      silent: now.getTime() - row.reportedAt.getTime() > SILENT_AFTER_SECONDS * 1000,
    };
  });
}

/** Reads when a worker last reported; null when none ever did. */
export async function readWorkerSeenAt(db: PrismaClient): Promise<Date | null> {
  const last = await db.sample.findFirst({
    where: { role: "worker" },
    orderBy: { at: "desc" },
    select: { at: true, span: true },
  });
  return last && new Date(last.at.getTime() + last.span * 1000);
}

/**
 * Whether a worker is alive: it reports every ten seconds which settings it uses, and takes its report back when it stops. A
 * worker that was killed or froze is taken for alive until it has been silent for `SILENT_AFTER_SECONDS`.
 */
export async function isWorkerAlive(db: PrismaClient, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - SILENT_AFTER_SECONDS * 1000);
  const alive = await db.processState.findFirst({
    where: { role: "worker", seenAt: { gte: since } },
    select: { process: true },
  });
  return alive !== null;
}

/** Reads the newest sample taken while Redis answered: for pages that are shown while Redis is unreachable. */
export async function readLastKnownUnsynced(db: PrismaClient): Promise<LastKnownUnsynced | null> {
  const last = await db.sample.findFirst({
    where: { buffered: { not: null } },
    orderBy: { at: "desc" },
    select: { at: true, span: true, buffered: true, lagSeconds: true },
  });
  if (last?.buffered == null) return null;
  return {
    views: last.buffered,
    lagSeconds: last.lagSeconds,
    asOf: new Date(last.at.getTime() + last.span * 1000),
  };
}
