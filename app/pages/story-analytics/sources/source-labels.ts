import { parseCampaign } from "~/shared/campaign";
import { lookUp } from "~/shared/look-up";
import type { Channel } from "./channels";

/** The channels in words, in the order in which charts stack them and pages list equals. */
export const CHANNEL_LABELS: Record<Channel, string> = {
  search: "Search engines",
  social: "Social networks",
  newsletter: "Newsletters and e-mail",
  campaign: "Campaigns",
  sites: "Other sites",
  direct: "Direct (no referrer)",
  internal: "This site",
};

export const CHANNELS = Object.keys(CHANNEL_LABELS) as Channel[];

/** The channel that an address names; null for any other text. */
export const parseChannel = (text: string | null): Channel | null =>
  CHANNELS.find((channel) => channel === text) ?? null;

const GROUP_LABELS = {
  direct: CHANNEL_LABELS.direct,
  "this site": "Other pages of this site",
  other: "Sites not kept by name",
};

/** A stored referrer in words: "book-launch (mastodon, social)" for a campaign, a host as it is. */
export function sourceLabel(referrer: string): string {
  const campaign = parseCampaign(referrer);
  if (!campaign) return lookUp<string>(GROUP_LABELS, referrer) ?? referrer;
  const [first, ...more] = [campaign.name, campaign.source, campaign.medium].filter(Boolean);
  return more.length > 0 ? `${first} (${more.join(", ")})` : (first ?? referrer);
}

/** The filter's source or channel in words; null for all sources. */
export const filterLabel = ({ channel, source }: { channel: Channel | null; source: string | null }) =>
  source !== null ? sourceLabel(source) : channel && CHANNEL_LABELS[channel];
