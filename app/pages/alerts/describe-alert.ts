import { closesAt } from "~/alerts/firing";
import { findRuleType } from "~/alerts/rule-types/all-rules";
import { severityOf } from "~/alerts/severity";
import { statusOf } from "~/alerts/state";
import { formatDuration } from "~/shared/format";
import type { Prisma } from "../../../prisma/client/client";

type AlertWithRule = Prisma.AlertGetPayload<{ include: { of: true } }>;

/** An alert's row with what pages say about it: its status, its rule's words, and when it closes. */
export function describeAlert({ of: rule, ...alert }: AlertWithRule, now: Date) {
  const type = findRuleType(alert.rule);
  return {
    ...alert,
    severity: severityOf(alert.severity),
    status: statusOf(alert, rule, now),
    title: type?.title ?? alert.rule,
    runbook: type?.runbook ?? "",
    unit: type?.unit ?? ("views" as const),
    /** The story that it is about; null where it is about the site. */
    story: type?.storyIn?.(alert.message) ?? null,
    closesAt: closesAt(alert, rule),
    firedFor:
      alert.firedAt && alert.resolvedAt
        ? formatDuration((Number(alert.resolvedAt) - Number(alert.firedAt)) / 1000)
        : null,
    silencedUntil: rule.silencedUntil,
    silenceReason: rule.silenceReason,
  };
}
