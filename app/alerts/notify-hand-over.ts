import { nameUsers } from "~/platform/people";
import type { Tx } from "./apply-evaluation";
import { createNotification } from "./notification";
import { enqueue } from "./outbox";
import { findRuleType } from "./rule-types/all-rules";
import { severityOf } from "./severity";

type AlertRow = NonNullable<Awaited<ReturnType<Tx["alert"]["findUnique"]>>>;

/**
 * Tells the inbox and the channels of the alert's severity who has handed it over, to whom, and with which note, in the transaction that
 * hands it over: the person may be asleep. `by` and `to` are as `actorName` names people. @returns how many channels are told.
 */
export async function notifyHandOver(
  tx: Tx,
  { id, rule, message, value, threshold, severity, firedAt, resolvedAt }: AlertRow,
  people: { by: string; to: string; note: string | null },
  { publicUrl, now }: { publicUrl: string; now: Date },
): Promise<number> {
  const [handOver = people] = await nameUsers(tx, [people], ["by", "to"], "name");
  const type = findRuleType(rule) ?? { kind: rule, title: rule, runbook: "" };
  const about = { id, message, value, threshold, severity: severityOf(severity), firedAt, resolvedAt };
  return enqueue(tx, createNotification("handed-over", type, about, { at: now, publicUrl, handOver }), now);
}
