import { escapeXml } from "~/shared/escape-xml";
import { chapterPath } from "~/shared/story-paths";
import { shorten } from "~/ui/shell/page-meta";
import type { FeedEntry } from "./read-feed";

/** Characters of an excerpt: enough to know whether to read on, which is what the story's page is for. */
const EXCERPT = 300;
/** The year in ids (RFC 4151): the day on which this host's name was ours. It never changes, or every entry would be new again. */
const TAG_YEAR = "2026";

export interface Feed {
  title: string;
  subtitle: string;
  /** The page that it follows, and its own address; paths. */
  path: string;
  feedPath: string;
  /** A name that is kept when the story's address changes. */
  name: string;
  /** Of a feed without entries. */
  changedAt: Date;
  entries: FeedEntry[];
}

/**
 * An Atom feed (RFC 4287) with an excerpt of each chapter; `origin` is the site's, without a trailing slash. Ids hold numbers from
 * the database, not addresses: a story that is renamed has the same entries, and readers are not told of them again.
 */
export function feedXml(origin: string, feed: Feed): string {
  const tag = (name: string) => `tag:${new URL(origin).hostname},${TAG_YEAR}:${name}`;
  const updated = feed.entries[0]?.publishedAt ?? feed.changedAt;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
    element("title", feed.title),
    ...(feed.subtitle ? [element("subtitle", feed.subtitle)] : []),
    element("id", tag(feed.name)),
    element("updated", updated.toISOString()),
    `<link rel="self" type="application/atom+xml" href="${escapeXml(origin + feed.feedPath)}"/>`,
    `<link rel="alternate" type="text/html" href="${escapeXml(origin + feed.path)}"/>`,
    ...feed.entries.map((entry) => entryXml(origin, tag(`chapter-${entry.chapterId}`), entry)),
    "</feed>\n",
  ].join("\n");
}

function entryXml(origin: string, id: string, entry: FeedEntry): string {
  const at = entry.publishedAt.toISOString();
  return [
    "<entry>",
    element("title", `${entry.story}, chapter ${entry.number}: ${entry.title}`),
    element("id", id),
    element("published", at),
    element("updated", at),
    `<author>${element("name", entry.author)}</author>`,
    ...(entry.genre ? [`<category term="${escapeXml(entry.genre)}"/>`] : []),
    `<link rel="alternate" type="text/html" href="${escapeXml(origin + chapterPath(entry.slug, entry.number))}"/>`,
    element("summary", shorten(entry.opening, EXCERPT)),
    "</entry>",
  ].join("\n");
}

const element = (name: string, text: string) => `<${name}>${escapeXml(text)}</${name}>`;
