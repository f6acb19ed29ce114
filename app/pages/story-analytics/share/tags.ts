import { z } from "zod";
import { formatCount } from "~/shared/format";

const MOST_TAGS = 20;
const LONGEST_TAG = 40;

/** The tags that an editor typed, separated by commas: in small letters, each once. */
export const tagsField = z
  .string()
  .default("")
  .transform((text, context) => {
    const clean = (tag: string) =>
      tag.trim().replace(/^#/, "").replace(/\s+/g, " ").normalize("NFC").toLowerCase();
    const tags = [...new Set(text.split(",").map(clean).filter(Boolean))].sort();
    const long = tags.find((tag) => tag.length > LONGEST_TAG);
    const message = long
      ? `“${long.slice(0, LONGEST_TAG)}…” is too long: a tag has up to ${LONGEST_TAG} characters.`
      : tags.length > MOST_TAGS
        ? `A story has up to ${formatCount(MOST_TAGS, "tag")}.`
        : null;
    if (message) context.addIssue({ code: "custom", message });
    return tags;
  });
