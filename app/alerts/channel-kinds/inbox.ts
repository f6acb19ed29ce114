import { z } from "zod";
import type { Notification } from "../notification";
import { headlineOf, linesOf, linksOf } from "../notification-text";
import { ALL_EVENTS, type ChannelKind } from "./channel-kind";

/**
 * The site's own inbox: every site has one, from its first start. Its outbox rows are its messages, so one exists as soon as the alert's
 * change is committed, and nothing has to be sent.
 */
export const INBOX: ChannelKind = {
  kind: "inbox",
  label: "Inbox of this site",
  about: "Every message, kept on this site.",
  fields: [],
  schema: z.object({}).transform(() => ({ url: "", host: "", secret: null })),
  addressField: "name",
  proposedRepeat: null,
  events: ALL_EVENTS,
  check: () => Promise.resolve(),
  format: inboxMessage,
  send: null,
};

/** A message, as the page shows it. Links are kept as paths, so that they lead to whatever address the site has then. */
function inboxMessage(notification: Notification) {
  return {
    severity: notification.alert.severity,
    headline: headlineOf(notification),
    lines: linesOf(notification),
    links: linksOf(notification).map(({ label, url }) => ({ label, path: pathOf(url) })),
  };
}

const pathOf = (url: string) => {
  const { pathname, hash } = new URL(url, "http://localhost");
  return pathname + hash;
};

/** The shape of a message, to read it back. */
export const INBOX_MESSAGE = z.object({
  severity: z.string(),
  headline: z.string(),
  lines: z.array(z.string()),
  links: z.array(z.object({ label: z.string(), path: z.string().startsWith("/") })),
});
