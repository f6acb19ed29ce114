import { readDemoUntil } from "~/platform/demo-until";
import { readFirstStepsState } from "~/platform/first-steps-state";
import type { PrismaClient } from "../../../../prisma/client/client";

/** Which of the first steps have happened since the site, or the demo's made-up past, began. */
export interface StepsDone {
  view: boolean;
  drill: boolean;
  freeze: boolean;
  audit: boolean;
}

/** Reads which steps have happened; null once they were dismissed. Rejects when Postgres does not answer. */
export async function readStepsDone(db: PrismaClient): Promise<StepsDone | null> {
  const [{ dismissed, auditRead }, until] = await Promise.all([readFirstStepsState(db), readDemoUntil(db)]);
  if (dismissed) return null;
  const since = until ?? new Date(0);
  const [row] = await db.$queryRaw<Omit<StepsDone, "audit">[]>`
    SELECT
      -- The newest first, by the index: on a site that is read, the first row is the answer.
      (SELECT true FROM "Sample" WHERE at >= ${since} AND redis + "database" + journal > 0 ORDER BY at DESC LIMIT 1) IS NOT NULL AS view,
      EXISTS (SELECT FROM "Drill" WHERE "startedAt" >= ${since}) AS drill,
      EXISTS (SELECT FROM "ModeChange" WHERE at >= ${since} AND "from" = 'redis' AND "to" <> 'redis'
        AND reason NOT LIKE 'drill %' AND reason NOT LIKE 'an operator %') AS freeze`;
  return row ? { ...row, audit: auditRead } : null;
}
