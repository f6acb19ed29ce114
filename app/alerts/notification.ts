import type { RuleType } from "./rule-types/rule-type";
import type { Severity } from "./severity";

/** What a notification is about. "reminder": it is still firing, and not acknowledged. */
export type AlertEvent = "firing" | "reminder" | "acknowledged" | "handed-over" | "resolved" | "test";

/** Who handed an alert over, to whom, and what they noted for them. */
interface HandOver {
  by: string;
  to: string;
  note: string | null;
}

/** A notification, before it takes the form that a channel understands. */
export interface Notification {
  event: AlertEvent;
  at: Date;
  /** The same for every notification of an alert: receivers that group or dedupe do so by it. */
  key: string;
  /** Who acknowledged it; null for other events. */
  by: string | null;
  /** Null for other events. */
  handOver: HandOver | null;
  alert: {
    id: number | null;
    rule: string;
    title: string;
    message: string;
    severity: Severity;
    value: number | null;
    threshold: number | null;
    firedAt: Date | null;
    resolvedAt: Date | null;
  };
  /** Both links are absolute where PUBLIC_URL is set, else paths of the site. */
  runbook: string;
  page: string;
}

interface Occasion {
  at: Date;
  publicUrl: string;
  /** For alerts that have no row yet. */
  key?: string;
  by?: string;
  handOver?: HandOver;
}

/** The notification of an event of a rule's alert. */
export const createNotification = (
  event: AlertEvent,
  type: Pick<RuleType, "kind" | "title" | "runbook">,
  alert: Omit<Notification["alert"], "rule" | "title">,
  { at, publicUrl, key, by, handOver }: Occasion,
): Notification => ({
  event,
  at,
  key: key ?? (alert.id === null ? type.kind : `alert-${alert.id}`),
  by: by ?? null,
  handOver: handOver ?? null,
  alert: { rule: type.kind, title: type.title, ...alert },
  runbook: `${publicUrl}/admin/runbook#${type.runbook}`,
  // The alert's own page, with its timeline and what can be done about it.
  page: `${publicUrl}/admin/alerts${alert.id === null ? "" : `/${alert.id}`}`,
});
