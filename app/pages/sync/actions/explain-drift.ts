import { z } from "zod";
import { defineAction } from "~/console/action";
import { wholeNumberField } from "~/console/fields";
import { writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import { done, Refusal } from "~/shared/action-result";
import { formatCount } from "~/shared/format";
import { ledgerPartName } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";

/** A part of the ledger whose drift can be explained; where totals and history differ, a repair sets it right instead. */
const EXPLAINABLE = /^(redis-\d+|fallback|journal)$/;

const LARGEST = Number.MAX_SAFE_INTEGER;

/** The drift of a part of the ledger, with its sign: positive if views are missing. */
export interface PartialDrift {
  part: string;
  views: number;
}

/** The parts of the ledger that do not add up and that a person can explain. */
export const explainableDrift = (parts: Record<string, number> | null): PartialDrift[] =>
  Object.entries(parts ?? {}).flatMap(([part, views]) =>
    views !== 0 && EXPLAINABLE.test(part) ? [{ part, views }] : [],
  );

/**
 * Accepts the drift of one part of the ledger, once a person knows where it comes from (a deleted key, a restored table): it is
 * not shown as drift from then on. The form sends the drift that the person saw; if it has changed meanwhile, nothing is done.
 */
export const explainDrift = defineAction({
  permission: "ledger.explain",
  reason: "required",
  schema: z.object({
    part: z.string("Choose a part of the ledger.").regex(EXPLAINABLE, "Choose a part of the ledger."),
    views: wholeNumberField("The drift must be a whole number of views.", -LARGEST, LARGEST),
  }),
  async run({ runtime, user, reason }, { part, views }) {
    const ledger = await runtime.readLedger();
    if (!ledger)
      throw new Refusal(
        "No change: the ledger cannot be read while Redis is unreachable. Nothing is lost; try again.",
      );
    const now = (ledger.parts && lookUp(ledger.parts, part)) ?? 0;
    if (now === 0) throw new Refusal(`No change: ${ledgerPartName(part)} now adds up.`);
    if (now !== views)
      throw new Refusal(
        `No change: the drift of ${ledgerPartName(part)} is now ${formatCount(Math.abs(now), "view")}. Look at it again.`,
      );
    await runtime.db.$transaction(async (tx) => {
      await tx.driftExplanation.create({ data: { part, views, reason, explainedBy: actorName(user) } });
      await writeAudit(tx, user, {
        action: "ledger.explain",
        target: `ledger ${part}`,
        reason,
        before: { drift: views },
        after: { drift: 0 },
      });
    });
    return done(
      `The drift of ${formatCount(Math.abs(views), "view")} in ${ledgerPartName(part)} is explained.`,
    );
  },
});
