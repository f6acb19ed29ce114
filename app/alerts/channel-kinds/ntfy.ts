import { z } from "zod";
import { parseUrl } from "~/shared/parse-url";
import type { AlertEvent, Notification } from "../notification";
import { absoluteLinksOf, headlineOf, linesOf } from "../notification-text";
import type { Severity } from "../severity";
import { ALL_EVENTS, type ChannelKind, WAKING_EVENTS } from "./channel-kind";
import { checkUrl, hostOf, postJson } from "./post-json";

/** Of ntfy: 5 rings through "do not disturb", 3 is an ordinary message. */
const PRIORITIES: Record<Severity, number> = { critical: 5, warning: 4, notice: 3 };
/** Names of emoji that ntfy puts before the title. */
const TAGS: Record<AlertEvent, string> = {
  firing: "rotating_light",
  reminder: "rotating_light",
  acknowledged: "eyes",
  "handed-over": "handshake",
  resolved: "white_check_mark",
  test: "test_tube",
};

/** A topic of ntfy.sh or of a server of the operators' own: a push message on a phone, without an account. */
export const NTFY: ChannelKind = {
  kind: "ntfy",
  label: "ntfy",
  about:
    "ntfy: subscribe to a topic in the app and enter its address. On ntfy.sh, everyone who knows a topic can read it: choose a name that cannot be guessed, or protect it and enter an access token.",
  fields: [
    {
      name: "url",
      label: "Address of the topic",
      type: "url",
      placeholder: "https://ntfy.sh/…",
      required: true,
      secret: true,
    },
    {
      name: "token",
      label: "Access token, if the topic needs one",
      type: "password",
      required: false,
      secret: true,
    },
  ],
  schema: z
    .object({
      url: z
        .string("Enter an address.")
        .trim()
        .min(1, "Enter an address.")
        .refine(
          (url) => parseUrl(url) === null || topicOf(url) !== null,
          "End the address with one topic: https://ntfy.sh/topic.",
        ),
      token: z
        .string()
        .trim()
        .default("")
        .refine((token) => /^[\x21-\x7e]*$/.test(token), "A token has no spaces or line breaks."),
    })
    .transform(({ url, token }) => ({ url, host: hostOf(url), secret: token || null })),
  addressField: "url",
  proposedRepeat: 60,
  events: ALL_EVENTS,
  check: checkUrl,
  format: ntfyMessage,
  send({ id, body, url, secret, now }, options) {
    // As JSON to the server's root, because as headers a title could not contain every character.
    const message = JSON.stringify({ topic: topicOf(url), ...(body as object) });
    const headers = {
      "X-Tidemark-Delivery": id,
      ...(secret ? { Authorization: `Bearer ${secret}` } : {}),
    };
    return postJson({ url: new URL("/", url).href, body: message, headers }, options, now);
  },
};

/** The topic at the end of its address; null if there is none, or more than one part. */
function topicOf(url: string): string | null {
  return /^\/([-_A-Za-z0-9]{1,64})\/?$/.exec(new URL(url).pathname)?.[1] ?? null;
}

/** Plain text: ntfy reads Markdown only where a message asks for it. */
function ntfyMessage(notification: Notification) {
  const { event, alert } = notification;
  const [link] = absoluteLinksOf(notification);
  return {
    title: headlineOf(notification),
    message: linesOf(notification).join("\n"),
    priority: WAKING_EVENTS.has(event) ? PRIORITIES[alert.severity] : 3,
    tags: [TAGS[event]],
    ...(link ? { click: link.url } : {}),
  };
}
