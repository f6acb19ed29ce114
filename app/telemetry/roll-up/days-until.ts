import type { TargetKind } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";

/**
 * The end of the days, from the UTC day `from` (Unix ms) on, whose sums can be read in place of their hours: those that were added up
 * and none of which is stale for these targets. It is `from` if there are none.
 */
export async function readDaysUntil(
  db: PrismaClient,
  kind: TargetKind | "detail",
  targetIds: number[],
  from: number,
): Promise<Date> {
  const [row] = await db.$queryRaw<{ until: Date | null }[]>`
    SELECT LEAST(until, (
      SELECT min(day) FROM "StaleDay" WHERE kind = ${kind} AND "targetId" = ANY(${targetIds}) AND day >= ${new Date(from)})) AS until
    FROM "RollUp" WHERE name = 'views'`;
  return new Date(Math.max(from, row?.until?.getTime() ?? from));
}
