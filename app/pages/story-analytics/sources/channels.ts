import { parseCampaign } from "~/shared/campaign";
import { mediumOf } from "./known-hosts.server";

/** How readers came to a story. */
export type Channel = "search" | "social" | "newsletter" | "campaign" | "direct" | "internal" | "sites";

/** Media of tagged links that are e-mail, as common newsletter tools write them. */
const EMAIL_MEDIA = /^(e-?mails?|newsletters?|mail)$/;

/**
 * The channel of a stored referrer. It is decided when a page is read, never stored, so that a better list of sites tells more of the
 * past too. A tagged link in an e-mail is a newsletter, any other tagged link a campaign, wherever it stands.
 */
export function channelOf(referrer: string): Channel {
  if (referrer === "direct") return "direct";
  if (referrer === "this site") return "internal";
  const campaign = parseCampaign(referrer);
  if (campaign) return EMAIL_MEDIA.test(campaign.medium) ? "newsletter" : "campaign";
  const medium = mediumOf(referrer);
  if (medium === "email") return "newsletter";
  return medium ?? "sites";
}
