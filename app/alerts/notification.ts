import type { RuleType } from "./rule-types/rule-type";
import type { Severity } from "./severity";

export type AlertEvent = "firing" | "resolved" | "test";

/** A notification, before it takes the form that a channel understands. */
export interface Notification {
  event: AlertEvent;
  at: Date;
  alert: {
    id: number | null;
    rule: string;
    title: string;
    message: string;
    value: number | null;
    threshold: number | null;
    severity: Severity;
    firedAt: Date | null;
    resolvedAt: Date | null;
  };
  /** Both links are absolute where PUBLIC_URL is set, else paths of the site. */
  runbook: string;
  page: string;
}

/** The notification of an event of a rule's alert. */
export const createNotification = (
  event: AlertEvent,
  type: Pick<RuleType, "kind" | "title" | "runbook">,
  alert: Omit<Notification["alert"], "rule" | "title">,
  { at, publicUrl }: { at: Date; publicUrl: string },
): Notification => ({
  event,
  at,
  alert: { rule: type.kind, title: type.title, ...alert },
  runbook: `${publicUrl}/admin/runbook#${type.runbook}`,
  page: `${publicUrl}/admin/alerts`,
});

const WORDS: Record<AlertEvent, string> = { firing: "Firing", resolved: "Resolved", test: "Test" };

/** The body for a channel of this type: one text for Slack and services that accept its format, else the webhook's JSON. */
export const bodyFor = (channelKind: string, notification: Notification) =>
  channelKind === "slack" ? slackBody(notification) : webhookBody(notification);

/** Receivers depend on these field names: `says` is the alert's message. */
function webhookBody({ alert: { message, ...alert }, ...notification }: Notification) {
  const body = { ...notification, alert: { ...alert, says: message } };
  return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
}

function slackBody({ event, alert, page, runbook }: Notification) {
  const link = event === "test" ? page : runbook;
  return { text: `*${WORDS[event]}: ${escapeSlack(alert.title)}*\n${escapeSlack(alert.message)}\n${link}` };
}

/** Slack reads three characters as markup; an error message from Redis must not become a mention of a whole channel. */
const escapeSlack = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
