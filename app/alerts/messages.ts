import type { RuleType } from "./rule-types";

export type AlertEvent = "firing" | "resolved" | "test";

/** What the channels are told, before it takes the form that a channel understands. */
export interface Message {
  event: AlertEvent;
  at: Date;
  alert: {
    id: number | null;
    rule: string;
    title: string;
    says: string;
    value: number | null;
    threshold: number | null;
    firedAt: Date | null;
    resolvedAt: Date | null;
  };
  /** Absolute where PUBLIC_URL is set, else paths of the site. */
  runbook: string;
  page: string;
}

export const message = (
  event: AlertEvent,
  kind: Pick<RuleType, "kind" | "title" | "runbook">,
  alert: Omit<Message["alert"], "rule" | "title">,
  { at, publicUrl }: { at: Date; publicUrl: string },
): Message => ({
  event,
  at,
  alert: { rule: kind.kind, title: kind.title, ...alert },
  runbook: `${publicUrl}/admin/runbook#${kind.runbook}`,
  page: `${publicUrl}/admin/alerts`,
});

const WORDS: Record<AlertEvent, string> = { firing: "Firing", resolved: "Resolved", test: "Test" };

/** The body for a kind of channel: the message itself for a webhook, one text for Slack and what speaks like it. */
export function bodyFor(channel: string, said: Message) {
  if (channel !== "slack") return JSON.parse(JSON.stringify(said)) as Record<string, unknown>;
  const link = said.event === "test" ? said.page : said.runbook;
  return { text: `*${WORDS[said.event]}: ${plain(said.alert.title)}*\n${plain(said.alert.says)}\n${link}` };
}

/** Slack reads three characters as markup; an error message from Redis must not become a mention of everybody. */
const plain = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
