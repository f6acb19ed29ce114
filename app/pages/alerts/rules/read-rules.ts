import type { SerializeFrom } from "@remix-run/node";
import { RULE_GROUPS } from "~/alerts/rule-types/all-rules";
import { ensureRules } from "~/alerts/rules";
import { severityOf } from "~/alerts/severity";
import { isSilenced } from "~/alerts/state";
import { readLastEvaluation } from "~/alerts/watch-evaluation";
import { nameUsers } from "~/platform/people";
import type { PrismaClient } from "../../../../prisma/client/client";

/** Rules of a group in this order: those that are not OK first. */
const ORDER = ["firing", "recovering", "pending", "no-data", "ok", "disabled"];

/** Every rule by subject, with its settings and its latest evaluation; when the rules were last evaluated, and by which process. */
export async function readRules(db: PrismaClient, now: Date) {
  // The page may be opened before the first evaluation.
  await ensureRules(db);
  const [rows, evaluation] = await Promise.all([
    db.alertRule.findMany({ include: { check: true } }),
    readLastEvaluation(db, now),
  ]);
  const named = await nameUsers(db, rows, ["updatedBy", "silencedBy"], "name");
  const groups = RULE_GROUPS.map(({ title, rules }) => ({
    title,
    rules: rules
      .flatMap(({ kind, title, runbook, unit, limitLabel, looksBack }) => {
        const row = named.find((one) => one.kind === kind);
        if (!row) return [];
        const state = row.enabled ? (row.check?.phase ?? "no-data") : "disabled";
        const type = { title, runbook, unit, limitLabel: [...limitLabel], looksBack };
        return [
          { ...row, ...type, state, severity: severityOf(row.severity), silenced: isSilenced(row, now) },
        ];
      })
      .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)),
  }));
  return { groups, evaluation };
}

/** A rule, as the browser gets it. */
export type RuleRow = SerializeFrom<typeof readRules>["groups"][number]["rules"][number];
