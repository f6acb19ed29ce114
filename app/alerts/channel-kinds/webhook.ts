import { createHmac, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Notification } from "../notification";
import { type ChannelKind, USUAL_EVENTS } from "./channel-kind";
import { checkUrl, hostOf, postJson } from "./post-json";

const SHORTEST_SECRET = 16;

/** Signed JSON, for a service of the operators' own. */
export const WEBHOOK: ChannelKind = {
  kind: "webhook",
  label: "Webhook, signed",
  about: "JSON with a signature. Leave the secret empty to have one made, which is then shown once.",
  fields: [
    { name: "url", label: "Address", type: "url", placeholder: "https://…", required: true, secret: true },
    {
      name: "secret",
      label: "Secret to sign requests with, 16 characters or more",
      type: "password",
      required: false,
      secret: true,
    },
  ],
  schema: z
    .object({
      url: z.string("Enter an address.").trim().min(1, "Enter an address."),
      secret: z
        .string()
        .trim()
        .default("")
        .refine((secret) => secret === "" || secret.length >= SHORTEST_SECRET, {
          message: `Enter ${SHORTEST_SECRET} characters or more, or leave it empty to have a secret made.`,
        }),
    })
    .transform(({ url, secret }) => {
      const generated = secret === "" ? randomBytes(32).toString("base64url") : undefined;
      return { url, host: hostOf(url), secret: generated ?? secret, generated };
    }),
  addressField: "url",
  proposedRepeat: null,
  events: USUAL_EVENTS,
  check: checkUrl,
  format: webhookBody,
  send({ id, body, url, secret, now }, options) {
    const text = JSON.stringify(body);
    const timestamp = Math.floor(now.getTime() / 1000);
    const headers: Record<string, string> = { "X-Tidemark-Delivery": id };
    if (secret) {
      headers["X-Tidemark-Timestamp"] = String(timestamp);
      headers["X-Tidemark-Signature"] = sign(secret, timestamp, text);
    }
    return postJson({ url, body: text, headers }, options, now);
  },
};

/**
 * Receivers depend on these field names: `says` is the alert's message. A reminder is the event "firing" again, with `reminder`, so
 * that receivers that know no reminders go on working.
 */
function webhookBody({ alert: { message, ...alert }, event, by, handOver, ...notification }: Notification) {
  const reminder = event === "reminder";
  const body = {
    event: reminder ? "firing" : event,
    reminder,
    ...notification,
    ...(handOver ? { handOver } : {}),
    alert: { ...alert, says: message },
  };
  return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
}

/**
 * The signature of a webhook: `v1=` and the hex HMAC-SHA-256, keyed with the channel's secret, of the timestamp (Unix seconds, as
 * in its header), a full stop and the body. Receivers should reject timestamps that are minutes old.
 */
const sign = (secret: string, timestamp: number, body: string) =>
  `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
