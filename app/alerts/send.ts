import { findChannelKind } from "./channel-kinds/all-kinds";
import type { Answer, SendOptions } from "./channel-kinds/channel-kind";
import type { ChannelSecrets } from "./channel-secrets";

/** How notifications leave this process. */
export interface SendSources extends SendOptions {
  secrets: ChannelSecrets;
}

/** A channel as its row holds it: sealed. */
export interface SealedChannel {
  kind: string;
  url: string;
  secret: string | null;
}

/**
 * One attempt to deliver a formatted notification. `id` is the same at every attempt. Never rejects: an answer says what happened, in
 * plain words and without a secret.
 */
export async function send(
  { secrets, ...options }: SendSources,
  channel: SealedChannel,
  { id, body, now }: { id: string; body: unknown; now: Date },
): Promise<Answer> {
  const kind = findChannelKind(channel.kind);
  if (!kind)
    return failed(`this version of Tidemark knows no channels of the type ${channel.kind}: upgrade it`);
  if (!kind.send) return { delivered: true, status: null, error: null };
  try {
    // What another SESSION_SECRET sealed cannot be opened: an operator then sees that in the log of deliveries.
    const url = secrets.open(channel.url);
    const secret = channel.secret === null ? null : secrets.open(channel.secret);
    return await kind.send({ id, body, url, secret, now }, options);
  } catch (error) {
    return failed((error as Error).message);
  }
}

const failed = (error: string): Answer => ({ delivered: false, status: null, error });
