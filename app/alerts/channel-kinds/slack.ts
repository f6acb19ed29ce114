import { z } from "zod";
import type { Notification } from "../notification";
import { absoluteLinksOf, headlineOf, linesOf, oneLine, shorten } from "../notification-text";
import { ALL_EVENTS, type ChannelKind } from "./channel-kind";
import { checkUrl, hostOf, postJson } from "./post-json";

/** Slack's limits, characters. */
const LONGEST_HEADER = 150;
const LONGEST_SECTION = 3000;

/** An incoming webhook of Slack, or of a service that reads the same messages (Mattermost, Rocket.Chat). */
export const SLACK: ChannelKind = {
  kind: "slack",
  label: "Slack, or compatible",
  about:
    "Slack: create an app, switch on incoming webhooks, add one to the conversation, and copy its address.",
  fields: [
    {
      name: "url",
      label: "Address of the incoming webhook",
      type: "url",
      placeholder: "https://hooks.slack.com/services/…",
      required: true,
      secret: true,
    },
  ],
  schema: z
    .object({ url: z.string("Enter an address.").trim().min(1, "Enter an address.") })
    .transform(({ url }) => ({ url, host: hostOf(url), secret: null })),
  addressField: "url",
  proposedRepeat: 60,
  events: ALL_EVENTS,
  check: checkUrl,
  format: slackMessage,
  send: ({ id, body, url, now }, options) =>
    postJson(
      { url, body: JSON.stringify(body), headers: { "X-Tidemark-Delivery": id } },
      options,
      now,
      (_status, text) => (/^[a-z_]{3,60}$/.test(text.trim()) ? text.trim().replaceAll("_", " ") : null),
    ),
};

/**
 * Foreign text stands in `plain_text` blocks, which Slack does not interpret at all. `text` is for notifications, and for compatible
 * services, which show nothing else.
 */
function slackMessage(notification: Notification) {
  const headline = headlineOf(notification);
  const lines = linesOf(notification);
  const links = absoluteLinksOf(notification);
  const plain = (text: string) => ({ type: "plain_text", text, emoji: false });
  return {
    text: [
      escapeSlack(headline),
      ...lines.map(escapeSlack),
      ...links.map(({ label, url }) => `${label}: ${url}`),
    ].join("\n"),
    mrkdwn: false,
    unfurl_links: false,
    blocks: [
      { type: "header", text: plain(shorten(headline, LONGEST_HEADER)) },
      { type: "section", text: plain(shorten(lines.join("\n") || headline, LONGEST_SECTION)) },
      ...(links.length
        ? [
            {
              type: "context",
              elements: [
                { type: "mrkdwn", text: links.map(({ label, url }) => `<${url}|${label}>`).join("  ·  ") },
              ],
            },
          ]
        : []),
    ],
  };
}

/**
 * Slack reads three characters as markup; an error message from Redis must not become a mention of a whole channel. Compatible
 * services read mentions without them, so a zero-width space follows every @.
 */
const escapeSlack = (text: string) =>
  oneLine(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "@\u200b");
