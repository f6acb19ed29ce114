import { findChannelKind } from "../../app/alerts/channel-kinds/all-kinds";
import type { MailServer } from "../../app/alerts/channel-kinds/channel-kind";
import { type ChannelSecrets, createChannelSecrets } from "../../app/alerts/channel-secrets";
import { addChannel, type ChannelEdit } from "../../app/alerts/channels";
import type { Lookup } from "../../app/alerts/webhook-address";
import type { PrismaClient } from "../../prisma/client/client";

export const ACTOR = { id: null, email: "ops@example.test" };
/** What seals the channels of the tests. */
export const SECRETS: ChannelSecrets = createChannelSecrets(["the session secret of the tests"]);

/** Adds a channel as the page does: its kind parses the fields, and its address is checked. Rejects with the first wrong field. */
export async function addTestChannel(
  db: PrismaClient,
  kind: string,
  fields: Record<string, string>,
  {
    allowPrivate = true,
    mail = null,
    lookup,
    ...edit
  }: Partial<ChannelEdit> & { allowPrivate?: boolean; mail?: MailServer | null; lookup?: Lookup } = {},
): Promise<number> {
  const address = findChannelKind(kind)?.schema.parse(fields);
  if (!address) throw new Error(`there is no kind ${kind}`);
  return addChannel(
    db,
    ACTOR,
    { name: `a ${kind}`, leastSeverity: "notice", repeatMinutes: null, ...edit, kind, address },
    { allowPrivate, mail, secrets: SECRETS, lookup },
  );
}
