import type { PrismaClient } from "../../prisma/client/client";
import { findRuleType } from "./rule-types/all-rules";

const SYNC_LATE = "sync-late";

/**
 * How old the oldest view in Redis may be, seconds, before the sync is late: the limit of the alert rule, which operators
 * edit. Pages take it from here, so that they call the sync late exactly when the alert does.
 */
export async function readSyncLateAfter(db: PrismaClient, syncIntervalSeconds: number): Promise<number> {
  const rule = await db.alertRule.findUnique({ where: { kind: SYNC_LATE }, select: { threshold: true } });
  const { threshold } = rule ?? findRuleType(SYNC_LATE)?.defaults ?? { threshold: Number.POSITIVE_INFINITY };
  return threshold * syncIntervalSeconds;
}
