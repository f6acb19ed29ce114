/** Starts the referrer that is stored for a view through a tagged link; no host has a colon. */
const PREFIX = "campaign:";

/** What a tagged link says of itself. A part that it does not name is "". */
export interface Campaign {
  /** `utm_source`, or `ref`: who links. */
  source: string;
  /** `utm_medium`: how, such as "email". */
  medium: string;
  /** `utm_campaign`: for which occasion. */
  name: string;
}

/** The parts of a campaign as one referrer: `campaign:mastodon/social/book-launch`. Expects parts without a slash. */
export const formatCampaign = ({ source, medium, name }: Campaign) => `${PREFIX}${source}/${medium}/${name}`;

/** Whether a stored referrer is a campaign rather than a host or one of the groups. */
export const isCampaign = (referrer: string) => referrer.startsWith(PREFIX);

/** Reads a stored referrer as a campaign; null for hosts and groups. */
export function parseCampaign(referrer: string): Campaign | null {
  if (!isCampaign(referrer)) return null;
  const [source = "", medium = "", name = ""] = referrer.slice(PREFIX.length).split("/");
  return { source, medium, name };
}
