import type { SerializeFrom } from "@remix-run/node";
import { findRuleType } from "~/alerts/rule-types/all-rules";
import { ensureRules } from "~/alerts/rules";
import { isSilenced } from "~/alerts/state";
import { nameUsers } from "~/platform/people";
import type { PrismaClient } from "../../../prisma/client/client";

/** Results are stale when the rules have not been evaluated for longer than this, seconds. */
const STALE_SECONDS = 60;

/** Every rule with its settings and its latest evaluation; when the rules were last evaluated, and by which process. */
export async function readRules(db: PrismaClient, now: Date) {
  // The page may be opened before the first evaluation.
  await ensureRules(db);
  const [rows, evaluated] = await Promise.all([
    db.alertRule.findMany({ include: { check: true } }),
    db.lastEvaluation.findUnique({ where: { id: 1 } }),
  ]);
  const named = await nameUsers(db, rows, ["updatedBy", "silencedBy"]);
  const rules = named.flatMap((rule) => {
    const type = findRuleType(rule.kind);
    if (!type) return [];
    const { title, runbook, unit, thresholdLabel, looksBack } = type;
    return [{ ...rule, title, runbook, unit, thresholdLabel, looksBack, silenced: isSilenced(rule, now) }];
  });
  const stale = !evaluated || now.getTime() - evaluated.at.getTime() > STALE_SECONDS * 1000;
  return { rules: rules.sort((a, b) => a.title.localeCompare(b.title)), evaluated, stale };
}

/** A rule, as the browser gets it. */
export type RuleRow = SerializeFrom<typeof readRules>["rules"][number];
