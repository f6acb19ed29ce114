import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { formatDuration, formatTime } from "~/shared/format";
import type { PrismaClient } from "../../prisma/client/client";
import { applyEvaluation, DISABLED } from "./apply-evaluation";
import { EVALUATION_STOPPED } from "./rule-types/evaluation-stopped";

/** The pages say that rules are not evaluated after this long, seconds: four evaluations that did not happen. */
const STALE_SECONDS = 60;

/** When the rules were last evaluated, and whether that is too long ago; `at` is null if they never were. */
export async function readLastEvaluation(db: Pick<PrismaClient, "lastEvaluation">, now: Date) {
  const last = await db.lastEvaluation.findUnique({
    where: { id: 1 },
    select: { at: true, process: true },
  });
  const seconds = last ? (now.getTime() - last.at.getTime()) / 1000 : null;
  return {
    at: last?.at ?? null,
    process: last?.process ?? null,
    stale: seconds !== null && seconds > STALE_SECONDS,
  };
}

type LastEvaluation = Awaited<ReturnType<typeof readLastEvaluation>>;

/** "The alert rules have not been evaluated for 3 minutes (since 00:10 UTC): alerts come late, or not at all."; null unless that is so. */
export function describeStale(last: LastEvaluation | null, now: Date): string | null {
  if (!last?.stale || !last.at) return null;
  const seconds = (now.getTime() - last.at.getTime()) / 1000;
  return `The alert rules have not been evaluated for ${formatDuration(seconds)} (since ${formatTime(last.at, { now, seconds: true })}): alerts come late, or not at all.`;
}

/**
 * Opens the alert "Alert rules were not evaluated" when that is so, without the evaluation and its lock: every process calls this, so
 * the alert fires although an evaluation fails each time, or a frozen process holds the lock. The next evaluation that ends resolves it.
 * @returns whether it is so. Rejects when Postgres does not answer.
 */
export async function watchEvaluation(
  { db, publicUrl }: { db: PrismaClient; publicUrl: string },
  now: Date,
): Promise<boolean> {
  const { at: lastEvaluatedAt } = await readLastEvaluation(db, now);
  const rule = await db.alertRule.findUnique({ where: { kind: EVALUATION_STOPPED.kind } });
  if (!rule) return false;
  const evaluation = rule.enabled ? EVALUATION_STOPPED.evaluate({ lastEvaluatedAt, now }, rule) : DISABLED;
  if (evaluation.result !== "breached") return false;
  await db.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<
      { got: boolean }[]
    >`SELECT pg_try_advisory_xact_lock(${ADVISORY_LOCKS.watchEvaluation}::bigint) AS got`;
    if (!lock?.got) return;
    const alert = await tx.alert.findFirst({ where: { rule: rule.kind, resolvedAt: null } });
    await applyEvaluation(tx, { rule, type: EVALUATION_STOPPED, alert, evaluation, now, publicUrl });
  });
  return true;
}
