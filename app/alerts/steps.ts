import type { Prisma, PrismaClient } from "../../prisma/client/client";
import type { EvaluationStep } from "./state";

/** What can happen to an alert, and what people can do about it, as its timeline keeps it. Notifications are in the outbox. */
export type StepKind = EvaluationStep | "acknowledged" | "handed-over" | "note" | "snoozed" | "disabled";

interface Step {
  kind: StepKind;
  /** As `actorName` names people. */
  by?: string;
  to?: string;
  text?: string | null;
}

/** Adds steps to an alert's timeline, in the caller's transaction. */
export const addSteps = (
  tx: Pick<PrismaClient, "alertStep">,
  alertId: number,
  at: Date,
  steps: readonly Step[],
): Promise<Prisma.BatchPayload> =>
  tx.alertStep.createMany({ data: steps.map((step) => ({ alertId, at, ...step })) });

/** Values are kept at least this far apart, ms; and, as an alert grows older, at this share of its age. */
const LEAST_MS = 10_000;
const SHARE_OF_AGE = 1 / 200;

/**
 * Keeps an alert's value for its chart, unless the last one is too recent: some hundreds of values, whether it lasts a minute or a month.
 */
export async function keepReading(
  tx: Pick<PrismaClient, "alertReading">,
  alertId: number,
  { value, since, now }: { value: number | null; since: Date; now: Date },
): Promise<void> {
  if (value === null) return;
  const last = await tx.alertReading.findFirst({
    where: { alertId },
    orderBy: { at: "desc" },
    select: { at: true },
  });
  const apart = Math.max(LEAST_MS, (now.getTime() - since.getTime()) * SHARE_OF_AGE);
  if (last && now.getTime() - last.at.getTime() < apart) return;
  await tx.alertReading.create({ data: { alertId, at: now, value } });
}
