import { z } from "zod";
import { formatCount, formatList } from "~/shared/format";
import { parseUrl } from "~/shared/parse-url";
import type { Notification } from "../notification";
import { headlineOf, linesOf, linksOf } from "../notification-text";
import { sendMail } from "../send-mail";
import { RefusedAddress } from "../webhook-address";
import { type ChannelKind, USUAL_EVENTS, WAKING_EVENTS } from "./channel-kind";

const MOST_RECIPIENTS = 20;
const NOT_SET_UP =
  "This site has no mail server. Set SMTP_URL and MAIL_FROM in its environment and restart it.";

/** E-mail by the deployment's mail server. */
export const EMAIL: ChannelKind = {
  kind: "email",
  label: "E-mail",
  about: "Sent by the mail server of SMTP_URL, in the name of MAIL_FROM.",
  fields: [
    {
      name: "recipients",
      label: "Recipients, separated by commas",
      type: "text",
      placeholder: "on-call@stories.example",
      required: true,
      secret: false,
    },
  ],
  schema: z
    .object({ recipients: z.string("Enter an address.").trim().min(1, "Enter an address.") })
    .transform(({ recipients }, context) => {
      const all = [...new Set(recipients.split(/[,;\s]+/).filter(Boolean))];
      const wrong = all.find((one) => !z.email().safeParse(one).success);
      const message = wrong
        ? `${wrong} is not an e-mail address.`
        : all.length > MOST_RECIPIENTS
          ? `Enter ${MOST_RECIPIENTS} addresses or fewer; a mailing list may have more.`
          : null;
      if (message) context.addIssue({ code: "custom", path: ["recipients"], message });
      return { url: all.join(","), host: summarise(all), secret: null };
    }),
  addressField: "recipients",
  proposedRepeat: 60,
  events: USUAL_EVENTS,
  async check(_address, { mail }) {
    if (!mail) throw new RefusedAddress(NOT_SET_UP);
  },
  format: mailBody,
  async send({ id, body, url }, { mail }) {
    if (!mail) return { delivered: false, status: null, error: "SMTP_URL and MAIL_FROM are not set" };
    const { subject, text, thread, urgent } = MAIL_BODY.parse(body);
    const domain = /@([A-Za-z0-9.-]+)/.exec(mail.from)?.[1] ?? "tidemark.invalid";
    return sendMail(
      {
        to: url.split(","),
        subject,
        text,
        messageId: `${safe(id)}.${safe(thread)}@${domain}`,
        thread: `${safe(thread)}@${domain}`,
        urgent,
      },
      mail,
    );
  },
};

const MAIL_BODY = z.object({
  subject: z.string(),
  text: z.string(),
  thread: z.string(),
  urgent: z.boolean(),
});

/** Plain text: nothing in it can be markup. Mail programs show the messages of an alert as one conversation, by `thread`. */
function mailBody(notification: Notification): z.output<typeof MAIL_BODY> {
  const { event, alert, key, page } = notification;
  const site = parseUrl(page)?.host ?? "tidemark";
  return {
    subject: `[${site}] ${headlineOf(notification)}`,
    text: [
      ...linesOf(notification),
      "",
      ...linksOf(notification).map(({ label, url }) => `${label}: ${url}`),
    ].join("\n"),
    thread: `${key}.${site}`,
    urgent: alert.severity === "critical" && WAKING_EVENTS.has(event),
  };
}

/** "2 recipients at stories.example": pages, the audit and logs show no address of a person. */
const summarise = (recipients: readonly string[]) =>
  `${formatCount(recipients.length, "recipient")} at ${formatList([...new Set(recipients.map((one) => one.split("@").at(-1) ?? ""))])}`;

/** What may stand in a Message-ID. */
const safe = (text: string) => text.replace(/[^A-Za-z0-9.-]+/g, "-");
