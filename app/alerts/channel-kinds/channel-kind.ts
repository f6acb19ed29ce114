import type { z } from "zod";
import type { AlertEvent, Notification } from "../notification";
import type { Lookup } from "../webhook-address";

/** A field of a kind's form, as the page draws it. What it must contain is in the kind's schema. */
export interface ChannelField {
  name: string;
  label: string;
  type: "url" | "text" | "password";
  /** The initial value. */
  value?: string;
  placeholder?: string;
  required: boolean;
  /** It lets its holder speak as us or to our channels, so it never goes back to a browser. */
  secret: boolean;
}

/** Where a channel sends to. `url` and `secret` are stored sealed; `host` is what pages, the audit and logs may show. */
export interface ChannelAddress {
  url: string;
  host: string;
  secret: string | null;
  /** A secret that was made for the operator, to be shown once. */
  generated?: string;
}

/** The mail server of the deployment (SMTP_URL, MAIL_FROM). */
export interface MailServer {
  url: string;
  from: string;
}

/** What the deployment allows and offers. */
export interface SendOptions {
  allowPrivate: boolean;
  /** Null where none is set up. */
  mail: MailServer | null;
  /** For tests. */
  lookup?: Lookup;
}

/** One attempt to deliver one notification. */
export interface Outgoing {
  /** The same at every attempt: a receiver that gets it twice can tell. */
  id: string;
  /** What `format` made of the notification. */
  body: unknown;
  /** Opened. */
  url: string;
  secret: string | null;
  now: Date;
}

/** What came of an attempt. */
export interface Answer {
  delivered: boolean;
  /** The HTTP status; null if there was no answer, or one without a status. */
  status: number | null;
  /** A plain sentence part: why it was not delivered, or what to know although it was. */
  error: string | null;
  /** The receiver asks not to be tried again for this long, ms. */
  retryAfterMs?: number;
}

/** A kind of channel: its form, what it makes of a notification, and how that is sent. */
export interface ChannelKind {
  /** Identifies the kind in rows and in the audit. */
  kind: string;
  /** In the list of kinds, and beside a channel. */
  label: string;
  /** One sentence below the form: what it needs. */
  about: string;
  fields: readonly ChannelField[];
  /** Parses the fields to an address, with one clear sentence per field that is wrong. */
  schema: z.ZodType<ChannelAddress>;
  /** The field that a refused address belongs to. */
  addressField: string;
  /** Minutes between reminders that the form proposes; null proposes none. */
  proposedRepeat: number | null;
  events: readonly AlertEvent[];
  /** Checks whether the deployment may and can send there. @throws RefusedAddress */
  check(address: ChannelAddress, options: SendOptions): Promise<void>;
  /** What is kept in the outbox: it contains no secret. */
  format(notification: Notification): Record<string, unknown>;
  /** Null: there is nothing to send, the outbox's row is the message. */
  send: ((outgoing: Outgoing, options: SendOptions) => Promise<Answer>) | null;
}

/** The events of most kinds. */
export const USUAL_EVENTS: readonly AlertEvent[] = ["firing", "reminder", "handed-over", "resolved", "test"];
/** The events of kinds whose receivers show who has an alert. */
export const ALL_EVENTS: readonly AlertEvent[] = [...USUAL_EVENTS, "acknowledged"];
/** The events that someone must not sleep through, where the alert is critical. */
export const WAKING_EVENTS: ReadonlySet<AlertEvent> = new Set(["firing", "reminder", "handed-over"]);
