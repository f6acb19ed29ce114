import { z } from "zod";
import { parseUrl } from "~/shared/parse-url";
import type { AlertEvent, Notification } from "../notification";
import { absoluteLinksOf, headlineOf, linesOf, shorten } from "../notification-text";
import type { Severity } from "../severity";
import { ALL_EVENTS, type Answer, type ChannelKind, type SendOptions } from "./channel-kind";
import { checkUrl, hostOf, postJson } from "./post-json";

const EVENTS_API = "https://events.pagerduty.com/v2/enqueue";
/** PagerDuty's limits, characters. */
const LONGEST_SUMMARY = 1024;
const LONGEST_KEY = 255;

const ACTIONS: Record<AlertEvent, "trigger" | "acknowledge" | "resolve"> = {
  firing: "trigger",
  reminder: "trigger",
  acknowledged: "acknowledge",
  "handed-over": "acknowledge",
  resolved: "resolve",
  test: "trigger",
};
const SEVERITY_NAMES: Record<Severity, string> = { critical: "critical", warning: "warning", notice: "info" };

/** Events API v2. All notifications of an alert carry one dedup_key, so they are one incident there, however often they arrive. */
export const PAGERDUTY: ChannelKind = {
  kind: "pagerduty",
  label: "PagerDuty",
  about:
    "PagerDuty: add the integration “Events API V2” to a service and copy its integration key. Sites in the EU use https://events.eu.pagerduty.com/v2/enqueue.",
  fields: [
    {
      name: "routingKey",
      label: "Integration key, 32 characters",
      type: "password",
      required: true,
      secret: true,
    },
    {
      name: "url",
      label: "Address of the API",
      type: "url",
      value: EVENTS_API,
      required: true,
      secret: true,
    },
  ],
  schema: z
    .object({
      routingKey: z
        .string("Enter the integration key.")
        .trim()
        .regex(/^[A-Za-z0-9]{32}$/, "Enter the integration key: 32 letters and digits."),
      url: z.string().trim().default(""),
    })
    .transform(({ routingKey, url }) => {
      const api = url || EVENTS_API;
      return { url: api, host: hostOf(api), secret: routingKey };
    }),
  addressField: "url",
  // PagerDuty repeats and escalates by itself.
  proposedRepeat: null,
  events: ALL_EVENTS,
  check: checkUrl,
  format: pagerDutyEvent,
  async send({ id, body, url, secret, now }, options) {
    const event = { ...(body as PagerDutyEvent), routing_key: secret };
    const post = (sent: object) => enqueueEvent({ id, url, event: sent }, options, now);
    const { test, ...sent } = event;
    const answer = await post(sent);
    // A test must not leave an incident open.
    if (!test || !answer.delivered) return answer;
    return post({
      routing_key: secret,
      event_action: "resolve",
      dedup_key: event.dedup_key,
    });
  },
};

type PagerDutyEvent = ReturnType<typeof pagerDutyEvent>;

function pagerDutyEvent(notification: Notification) {
  const { event, key, at, alert, page } = notification;
  const site = parseUrl(page)?.host ?? "tidemark";
  const action = ACTIONS[event];
  const links = absoluteLinksOf(notification);
  return {
    event_action: action,
    // Two sites may report to one service.
    dedup_key: shorten(`${site}/${event === "test" ? `test-${at.getTime()}` : key}`, LONGEST_KEY),
    ...(event === "test" ? { test: true } : {}),
    ...(action === "trigger"
      ? {
          payload: {
            summary: shorten(`${headlineOf(notification)}. ${alert.message}`, LONGEST_SUMMARY),
            source: site,
            severity: event === "test" ? "info" : SEVERITY_NAMES[alert.severity],
            timestamp: (alert.firedAt ?? at).toISOString(),
            component: "tidemark",
            class: alert.rule,
            custom_details: {
              says: linesOf(notification).join("\n"),
              value: alert.value,
              threshold: alert.threshold,
            },
          },
          client: "Tidemark",
          ...(links.length
            ? { client_url: page, links: links.map(({ label, url }) => ({ href: url, text: label })) }
            : {}),
        }
      : {}),
  };
}

const REFUSAL = z.object({ message: z.string().optional(), errors: z.array(z.string()).optional() });

const enqueueEvent = (
  { id, url, event }: { id: string; url: string; event: object },
  options: SendOptions,
  now: Date,
): Promise<Answer> =>
  postJson(
    { url, body: JSON.stringify(event), headers: { "X-Tidemark-Delivery": id } },
    options,
    now,
    (status, text) => (status === 400 ? explainRefusal(text) : null),
  );

/** PagerDuty says what is wrong with an event; a wrong integration key above all. */
function explainRefusal(text: string): string | null {
  try {
    const { errors = [], message } = REFUSAL.parse(JSON.parse(text));
    const reason = errors[0] ?? message;
    return reason && /^[\w\s'.,:()-]{1,200}$/.test(reason) ? reason : null;
  } catch {
    // Not PagerDuty's form: the status says enough.
    return null;
  }
}
