import { type Campaign, formatCampaign } from "~/shared/campaign";

/** Code points of each part that are kept: the whole stays within what a journal's line and a key of the history can hold. */
const MAX_PART = 40;

/** The tags of a landing address, as the browser sends them: foreign text of any kind. */
export type Tags = Partial<Record<keyof Campaign, unknown>>;

/**
 * The campaign that a view's tags name, as the referrer to store, or null if they name none. Its parts are lower case, of letters,
 * digits and `. _ + -` alone, so that "Book Launch" and "book%20launch" are one campaign, and no part can be markup or a formula.
 */
export function campaignReferrer(tags: Tags | undefined): string | null {
  if (!tags) return null;
  const source = normalize(tags.source);
  const name = normalize(tags.name);
  return source || name ? formatCampaign({ source, medium: normalize(tags.medium), name }) : null;
}

function normalize(tag: unknown): string {
  // A tag with an @ is most likely a reader's own address: it would say who they are.
  if (typeof tag !== "string" || tag.includes("@")) return "";
  const plain = tag
    .slice(0, 4 * MAX_PART)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}._+-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}]+/u, "");
  return [...plain]
    .slice(0, MAX_PART)
    .join("")
    .replace(/[^\p{L}\p{M}\p{N}]+$/u, "");
}
