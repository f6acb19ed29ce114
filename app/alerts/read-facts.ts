import { withNumbers } from "~/platform/row-numbers";
import { lookUp } from "~/shared/look-up";
import type { Targets } from "~/shared/objectives";
import { type JournalFileNow, readJournalFiles } from "~/telemetry/journal-files";
import { readRecentTallies } from "~/telemetry/objectives/read-tallies";
import { readLastKnownUnsynced, readWorkerSeenAt, SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { SAMPLE_SECONDS } from "~/telemetry/sampler";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import type { PrismaClient } from "../../prisma/client/client";
import type { Facts } from "./facts";
import { readAway, readChosenAt, readDrillPeriods } from "./read-away";
import type { RedisFacts } from "./read-redis-facts";
import { readSurge } from "./read-surge";
import { BUDGET_RULES, SHORT_WINDOW_SHARE } from "./rule-types/budget-rules";

/** The settings that operators change at run time and that rules need. */
export interface OperatorSettings {
  /** The reason an operator gave for counting in the database; null unless an operator chose the database. */
  databaseReason: string | null;
  syncIntervalSeconds: number;
  syncPaused: { until: Date; reason: string } | null;
  /** The objectives' targets. */
  targets: Targets;
}

export interface FactSources {
  db: PrismaClient;
  countsInRedis: boolean;
  settings(): OperatorSettings;
  /** Never rejects; null when Redis is unreachable. Jobs that failed before `since` are left out. */
  readRedis(since: Date): Promise<RedisFacts | null>;
  /** Called for each fact that could not be read: its rules then have no data. */
  onError(what: string, error: Error): void;
}

const WEEK_MS = 7 * 86_400_000;
/** Changes of mode are read for this long at least, and at most, ms: the window of the fallback rule lies between, if it can. */
const AWAY_MS = { least: 600_000, most: 3_600_000 };
/** After an operator's choice, ms, a web process may still count where it did before: it asks every few seconds. */
const CHOICE_GRACE_MS = 10_000;
/** How many runs are read to count failures in a row. */
const LATEST_RUNS = 50;

/** Reads every fact that the rules need, at `now`. `windows` are the rules' windows in seconds, by rule type. */
export async function readFacts(
  sources: FactSources,
  windows: Record<string, number>,
  lastEvaluatedAt: Date | null,
  now: Date,
): Promise<Facts> {
  const { db } = sources;
  const settings = sources.settings();
  const since = (kind: string) => new Date(now.getTime() - (lookUp(windows, kind) ?? 0) * 1000);
  const fact = <T>(what: string, work: Promise<T>) =>
    work.catch((error: Error) => {
      sources.onError(what, error);
      return null;
    });
  const window = now.getTime() - since("fallback-share").getTime();
  const awaySince = new Date(now.getTime() - Math.min(Math.max(window, AWAY_MS.least), AWAY_MS.most));
  const chosenAt = await fact("the operators' choice", readChosenAt(db));
  const [
    away,
    drills,
    paths,
    lastKnown,
    failedSyncs,
    runningSync,
    unreconciled,
    givenUp,
    redis,
    ledger,
    knownLoss,
    journal,
    journalFiles,
    worker,
    arrivals,
    surge,
    failedLogIns,
    budgets,
  ] = await Promise.all([
    fact("modes", readAway(db, awaySince, now)),
    fact("drills", readDrillPeriods(db, awaySince, now)),
    // Samples of the time before an operator's choice are not compared with the time after it.
    fact(
      "views by path",
      readPaths(
        db,
        later(since("fallback-share"), chosenAt && new Date(chosenAt.getTime() + CHOICE_GRACE_MS)),
        now,
      ),
    ),
    fact("unsynced views", readLastKnownUnsynced(db)),
    fact("failed syncs", readFailedSyncs(db)),
    fact("the running sync", readRunningSync(db)),
    fact("fallback rows", readUnreconciled(db)),
    fact("rows given up", readGivenUp(db, since("rows-given-up"))),
    fact("Redis", sources.countsInRedis ? sources.readRedis(since("queue-failures")) : Promise.resolve(null)),
    fact("the ledger", db.ledgerEntry.findFirst({ orderBy: { id: "desc" } })),
    fact("known loss", readKnownLoss(db, since("known-loss"))),
    fact("the journal", readJournal(db, now)),
    fact("journal files", readJournalFiles(db)),
    fact(
      "the worker",
      readWorkerSeenAt(db).then((at) => ({ at })),
    ),
    fact("arrivals", readArrivals(db, since("no-views"), now)),
    fact("hot stories", readSurge(db, now)),
    fact("failed log-ins", readFailedLogIns(db, since("failed-log-ins"))),
    fact("objectives", readBudgets(db, windows, now)),
  ]);
  return {
    now,
    countsInRedis: sources.countsInRedis,
    ...settings,
    budgets: budgets && { ...budgets, targets: settings.targets },
    chosenAt,
    lastEvaluatedAt,
    away,
    drills,
    paths,
    unsynced: lastKnown && {
      views: lastKnown.views,
      oldestSeconds: lastKnown.lagSeconds ?? 0,
      asOf: lastKnown.asOf,
    },
    failedSyncs,
    runningSync,
    unreconciled,
    givenUp,
    memory: redis?.memory ?? null,
    redisRisks: redis?.redisRisks ?? null,
    failedJobs: redis?.failedJobs ?? null,
    ledger: ledger && { drift: Number(ledger.drift), at: ledger.at },
    knownLoss,
    journal,
    journalRejected: journal && journalFiles && describeRejected(journalFiles),
    worker,
    arrivals,
    surge,
    failedLogIns,
  };
}

const later = (a: Date, b: Date | null) => (b && b > a ? b : a);

/** What was bad of each objective, in both windows of both rules. */
async function readBudgets(db: PrismaClient, windows: Record<string, number>, now: Date) {
  const rules = BUDGET_RULES.map(({ kind, defaults }) => lookUp(windows, kind) ?? defaults.windowSeconds);
  const [fastLong, fastShort, slowLong, slowShort] = await readRecentTallies(
    db,
    now,
    rules.flatMap((seconds) => [seconds, seconds * SHORT_WINDOW_SHARE]),
  );
  if (!fastLong || !fastShort || !slowLong || !slowShort)
    throw new Error("there are two rules about budgets");
  return { fast: { long: fastLong, short: fastShort }, slow: { long: slowLong, short: slowShort } };
}

async function readPaths(db: PrismaClient, since: Date, now: Date): Promise<Facts["paths"]> {
  const [row] = await db.$queryRaw<
    { samples: number; redis: number; elsewhere: number; redisSeconds: number; elsewhereSeconds: number }[]
  >`
    SELECT count(*)::int AS samples, COALESCE(sum(redis), 0)::int AS redis,
      COALESCE(sum("database" + journal), 0)::int AS elsewhere,
      COALESCE(sum(span) FILTER (WHERE mode = 'redis'), 0)::int AS "redisSeconds",
      COALESCE(sum(span) FILTER (WHERE mode <> 'redis'), 0)::int AS "elsewhereSeconds"
    FROM "Sample" WHERE role = 'web' AND at >= ${since} AND at <= ${now}`;
  return row && row.samples > 0 ? row : null;
}

async function readFailedSyncs(db: PrismaClient): Promise<Facts["failedSyncs"]> {
  const runs = await db.syncRun.findMany({
    where: { endedAt: { not: null } },
    orderBy: { startedAt: "desc" },
    take: LATEST_RUNS,
    select: { error: true },
  });
  if (!runs.length) return null;
  const good = runs.findIndex((run) => run.error === null);
  return { inARow: good === -1 ? runs.length : good, error: runs[0]?.error ?? null };
}

async function readRunningSync(db: PrismaClient): Promise<Facts["runningSync"]> {
  // A worker that hangs leaves its run open; once another run has succeeded, its views are in Postgres all the same.
  const good = await findLastGoodSync(db);
  const running = await db.syncRun.findFirst({
    where: { endedAt: null, startedAt: { gt: good?.startedAt ?? new Date(0) } },
    orderBy: { startedAt: "asc" },
    select: { startedAt: true },
  });
  return { startedAt: running?.startedAt ?? null };
}

async function readUnreconciled(db: PrismaClient): Promise<Facts["unreconciled"]> {
  const [row] = await db.$queryRaw<{ oldestAt: Date | null }[]>`
    SELECT LEAST(
      (SELECT min("viewedAt") FROM "StoryView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL),
      (SELECT min("viewedAt") FROM "ChapterView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL)) AS "oldestAt"`;
  return { oldestAt: row?.oldestAt ?? null };
}

async function readGivenUp(db: PrismaClient, since: Date): Promise<Facts["givenUp"]> {
  const { _sum, _min, _max } = await db.givenUpRows.aggregate({
    where: { at: { gte: since } },
    _sum: { views: true },
    _min: { fromAt: true },
    _max: { toAt: true },
  });
  return { views: _sum.views ?? 0, fromAt: _min.fromAt, toAt: _max.toAt };
}

async function readKnownLoss(db: PrismaClient, since: Date): Promise<Facts["knownLoss"]> {
  // A loss that grows has its `toAt` moved.
  const rows = withNumbers(
    await db.knownLoss.findMany({
      where: { toAt: { gte: since } },
      orderBy: { id: "desc" },
      select: { views: true, cause: true },
    }),
  );
  return { views: rows.reduce((sum, row) => sum + row.views, 0), cause: rows[0]?.cause ?? null };
}

async function readJournal(db: PrismaClient, now: Date): Promise<Facts["journal"]> {
  // A sample is written at its end.
  const reporting = new Date(now.getTime() - (SILENT_AFTER_SECONDS + SAMPLE_SECONDS) * 1000);
  const [row] = await db.$queryRaw<{ reporting: number; views: number; processes: number }[]>`
    SELECT count(*)::int AS reporting, COALESCE(sum(journalled), 0)::int AS views,
      (count(*) FILTER (WHERE mode = 'journal' AND role = 'web'))::int AS processes
    FROM (SELECT DISTINCT ON (process) journalled, mode, role FROM "Sample"
      WHERE at >= ${reporting} AND at <= ${now} ORDER BY process, at DESC) latest`;
  return row && row.reporting > 0 ? row : null;
}

function describeRejected(files: JournalFileNow[]) {
  const rejected = files.filter((file) => file.setAside > 0);
  return {
    lines: rejected.reduce((sum, file) => sum + file.setAside, 0),
    files: rejected.map((file) => file.rejectedFile),
  };
}

async function readArrivals(db: PrismaClient, since: Date, now: Date): Promise<Facts["arrivals"]> {
  const [row] = await db.$queryRaw<{ now: number; weekBefore: number; known: number }[]>`
    SELECT COALESCE(sum(views) FILTER (WHERE recent), 0)::int AS now,
      COALESCE(sum(views) FILTER (WHERE NOT recent), 0)::int AS "weekBefore",
      (count(*) FILTER (WHERE NOT recent))::int AS known
    FROM (
      SELECT redis + "database" + journal + duplicates AS views, at >= ${since} AS recent FROM "Sample"
      WHERE role = 'web' AND (at >= ${since} AND at <= ${now}
        OR at >= ${new Date(since.getTime() - WEEK_MS)} AND at <= ${new Date(now.getTime() - WEEK_MS)})
    ) samples`;
  return row && row.known > 0 ? { now: row.now, weekBefore: row.weekBefore } : null;
}

async function readFailedLogIns(db: PrismaClient, since: Date): Promise<number> {
  const { _sum } = await db.logInFailure.aggregate({
    where: { at: { gte: since } },
    _sum: { failures: true },
  });
  return _sum.failures ?? 0;
}
