import { lookUp } from "~/shared/look-up";
import type { ChannelKind } from "./channel-kind";
import { EMAIL } from "./email";
import { INBOX } from "./inbox";
import { NTFY } from "./ntfy";
import { PAGERDUTY } from "./pagerduty";
import { SLACK } from "./slack";
import { WEBHOOK } from "./webhook";

/** Every kind of channel. */
const CHANNEL_KINDS: Readonly<Record<string, ChannelKind>> = {
  slack: SLACK,
  email: EMAIL,
  pagerduty: PAGERDUTY,
  ntfy: NTFY,
  webhook: WEBHOOK,
  inbox: INBOX,
};

/** The kind of the inbox that every site has. */
export const INBOX_KIND = INBOX.kind;

/** The kinds that operators can add, in the order of the form's list. Every site has its one inbox already. */
export const ADDABLE_KINDS: readonly ChannelKind[] = Object.values(CHANNEL_KINDS).filter(
  (kind) => kind !== INBOX,
);

/** The kind of a row; undefined for a row of a version that has more kinds. */
export const findChannelKind = (kind: string): ChannelKind | undefined => lookUp(CHANNEL_KINDS, kind);

/** The kinds that are told about an event. */
export const kindsFor = (event: ChannelKind["events"][number]): string[] =>
  Object.values(CHANNEL_KINDS)
    .filter(({ events }) => events.includes(event))
    .map(({ kind }) => kind);
