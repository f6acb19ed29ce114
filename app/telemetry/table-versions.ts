import type { PrismaClient } from "../../prisma/client/client";
import type { TableVersions } from "./change-feed";

/** A run of the sync is written twice: when it begins and when it ends. */
const RUNS_UNDER_WAY = 5;

/** One small question that answers from the ends of indexes, however much the tables hold. */
export async function readTableVersions(db: PrismaClient): Promise<TableVersions> {
  const [marks] = await db.$queryRaw<TableVersions[]>`
    SELECT (SELECT max("id")::text FROM "Sample") AS sample,
           (SELECT max("id")::text FROM "ModeChange") AS mode,
           (SELECT string_agg("id" || ' ' || coalesce("endedAt"::text, ''), ',')
            FROM (SELECT "id", "endedAt" FROM "SyncRun" ORDER BY "id" DESC LIMIT ${RUNS_UNDER_WAY}) AS runs) AS sync,
           (SELECT string_agg(concat_ws(' ', "id", "phase", "acknowledgedAt", "snoozedUntil"), ',' ORDER BY "id")
            FROM "Alert" WHERE "resolvedAt" IS NULL) AS alert`;
  return marks ?? {};
}
