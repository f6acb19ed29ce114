import nodemailer, { type NodemailerError } from "nodemailer";
import { isLoopback } from "~/platform/loopback";
import { formatCount } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import type { Answer, MailServer } from "./channel-kinds/channel-kind";
import { explainNetworkError } from "./post-webhook";

/** A mail server may be slow on purpose; this is the longest for one message, ms. Shorter than the lease of a delivery. */
const TIMEOUT_MS = 20_000;
/** The longest silence at any one step, ms. */
const STEP_MS = 10_000;

/** The deployment's mail server; null where none is set up. */
export const mailServerOf = ({
  SMTP_URL: url,
  MAIL_FROM: from,
}: {
  SMTP_URL?: string;
  MAIL_FROM?: string;
}) => (url && from ? { url, from } : null);

export interface Mail {
  to: readonly string[];
  subject: string;
  text: string;
  /** Without the brackets. The same at every attempt, so that a mail server can drop the second copy. */
  messageId: string;
  /** The message that it belongs below, without the brackets. */
  thread: string;
  urgent: boolean;
}

/**
 * Hands one message to the mail server. It is delivered when the server has accepted it for at least one recipient; recipients that it
 * refused are then in `error`. Never rejects, and names no address of a person.
 */
export async function sendMail(mail: Mail, server: MailServer): Promise<Answer> {
  const transport = nodemailer.createTransport(transportOf(server));
  const deadline = setTimeout(() => transport.close(), TIMEOUT_MS);
  try {
    const { rejected } = await transport.sendMail({
      from: server.from,
      to: [...mail.to],
      subject: mail.subject,
      text: mail.text,
      messageId: `<${mail.messageId}>`,
      references: `<${mail.thread}>`,
      priority: mail.urgent ? "high" : "normal",
      // Out-of-office replies would go to an address that no one reads.
      headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const error = rejected.length
      ? `the mail server refused ${formatCount(rejected.length, "recipient")} of ${mail.to.length}`
      : null;
    return { delivered: true, status: null, error };
  } catch (error) {
    return { delivered: false, status: null, error: explain(error as NodemailerError) };
  } finally {
    clearTimeout(deadline);
    transport.close();
  }
}

/**
 * How to reach the mail server of SMTP_URL. `smtps://` is TLS from the first byte. `smtp://` must offer STARTTLS, except on this machine,
 * or where `?tls=none` says that the network is trusted. Certificates are always checked.
 */
function transportOf({ url }: Pick<MailServer, "url">) {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const secure = protocol === "smtps:";
  const plain = !secure && (searchParams.get("tls") ?? (isLoopback(host) ? "none" : "required")) === "none";
  return {
    host,
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    requireTLS: !secure && !plain,
    ignoreTLS: plain,
    auth: username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined,
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    dnsTimeout: STEP_MS,
  };
}

const REASONS: Record<string, string> = {
  EAUTH: "the mail server does not accept the user name or the password of SMTP_URL",
  ENOAUTH: "the mail server asks for a user name and a password: add them to SMTP_URL",
  EDNS: "the name of the mail server in SMTP_URL could not be resolved",
  ETLS: "the connection to the mail server could not be encrypted",
  ETIMEDOUT: "the mail server did not answer in time",
};

/** The reason in plain words. What a mail server answers often repeats an address, which is left out. */
function explain({
  code,
  originalCode,
  response,
  message,
  cause,
}: NodemailerError & { cause?: unknown }): string {
  const known = code && lookUp(REASONS, code);
  const answer = response && ` (${shownAnswer(response)})`;
  if (known) return `${known}${answer ?? ""}`;
  if (response) return `the mail server refused the message${answer}`;
  const network = { code: originalCode ?? (cause as { code?: string } | undefined)?.code ?? code, message };
  return `the mail server: ${shownAnswer(explainNetworkError(network as NodeJS.ErrnoException))}`;
}

const shownAnswer = (text: string) =>
  text
    .replace(/[^\x20-\x7e]+/g, " ")
    .replace(/\S+@\S+/g, "<address>")
    .slice(0, 200)
    .trim();
