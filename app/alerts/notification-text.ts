import { formatTime } from "~/shared/format";
import { SEVERITY_LABELS } from "~/shared/labels";
import { parseUrl } from "~/shared/parse-url";
import type { AlertEvent, Notification } from "./notification";

const EVENT_WORDS: Record<Exclude<AlertEvent, "firing">, string> = {
  reminder: "Still firing",
  acknowledged: "Acknowledged",
  "handed-over": "Handed over",
  resolved: "Resolved",
  test: "Test",
};

/**
 * One line for a subject or a title: the state first, then the alert. "Critical: Redis is away", "Handed over to Kim: Redis is away",
 * "Resolved: Redis is away".
 */
export function headlineOf({ event, alert, handOver }: Notification) {
  const state = event === "firing" ? SEVERITY_LABELS[alert.severity] : EVENT_WORDS[event];
  return oneLine(`${state}${handOver ? ` to ${handOver.to}` : ""}: ${alert.title}`);
}

/** The lines below the headline, without links: what is wrong, since when, and who has it. */
export function linesOf({ event, alert, by, handOver }: Notification): string[] {
  return [
    alert.message,
    ...(event === "acknowledged" && by
      ? [`Acknowledged by ${by}. It goes on firing until it resolves.`]
      : []),
    // An erasure finds names in these words (app/auth/personal-data/erase-person.ts).
    ...(handOver ? [`Handed over by ${handOver.by} to ${handOver.to}.`] : []),
    ...(handOver?.note ? [`Note: ${handOver.note}`] : []),
    ...(alert.firedAt && event !== "test"
      ? [
          `${SEVERITY_LABELS[alert.severity]}, firing since ${time(alert.firedAt)}${alert.resolvedAt ? `, resolved at ${time(alert.resolvedAt)}` : ""}.`,
        ]
      : []),
  ]
    .map(oneLine)
    .filter(Boolean);
}

/** What to open: the runbook's chapter while it is wrong, the alert's page in any case. Paths of the site where PUBLIC_URL is not set. */
export const linksOf = ({ event, alert, runbook, page }: Notification): { label: string; url: string }[] => [
  ...(event === "test" || event === "resolved" ? [] : [{ label: "What to do", url: runbook }]),
  { label: alert.id === null ? "Alerts" : "The alert", url: page },
];

/** Links that open outside the site: none without PUBLIC_URL. */
export const absoluteLinksOf = (notification: Notification) =>
  linksOf(notification).filter(({ url }) => parseUrl(url) !== null);

/** Foreign text (a title, a reason, an error) on one line, without control characters: it can neither end a header nor move a cursor. */
export const oneLine = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();

/** At most `most` characters, with an ellipsis where something is missing. */
export const shorten = (text: string, most: number) =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;

const time = (at: Date) => formatTime(at, { seconds: true });
