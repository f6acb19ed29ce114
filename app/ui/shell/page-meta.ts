import type { MetaDescriptor } from "@remix-run/react";

interface PageMeta {
  title: string;
  description: string;
  /** `https://stories.example`, without a slash: that of PUBLIC_URL. Without it, the page has no canonical address. */
  origin?: string;
  path: string;
  type?: "website" | "book" | "article";
  author?: string;
  /** ISO; for articles. */
  publishedAt?: string | null;
  /** The path of a feed that announces what is new on the page. */
  feed?: { path: string; title: string };
  /** Keeps search engines away: for drafts and forms. */
  hidden?: boolean;
}

/** Title, description, canonical address, Open Graph and robots of one page. */
export function pageMeta(page: PageMeta): MetaDescriptor[] {
  const url = page.origin && page.origin + page.path;
  const description = shorten(page.description, 200);
  const type = page.type ?? "website";
  const tags: MetaDescriptor[] = [
    { title: page.title },
    { name: "description", content: description },
    ...(url ? [{ tagName: "link" as const, rel: "canonical", href: url }] : []),
    { name: "robots", content: page.hidden ? "noindex" : "index, follow" },
    { property: "og:site_name", content: "Tidemark" },
    { property: "og:title", content: page.title },
    { property: "og:description", content: description },
    { property: "og:type", content: type },
    ...(url ? [{ property: "og:url", content: url }] : []),
    { property: "og:locale", content: "en_GB" },
    { name: "twitter:card", content: "summary" },
  ];
  if (page.feed)
    tags.push({
      tagName: "link",
      rel: "alternate",
      type: "application/atom+xml",
      title: page.feed.title,
      href: page.feed.path,
    });
  if (page.author) tags.push({ name: "author", content: page.author });
  if (page.author && type !== "website") tags.push({ property: `${type}:author`, content: page.author });
  if (type === "article" && page.publishedAt)
    tags.push({ property: "article:published_time", content: page.publishedAt });
  return tags;
}

/** Shortens a text to `most` characters: white space is folded, and the cut falls between words and gets an ellipsis. */
export function shorten(text: string, most: number): string {
  const folded = text.replace(/\s+/g, " ").trim();
  if (folded.length <= most) return folded;
  const cut = folded.slice(0, most - 1);
  const word = cut.lastIndexOf(" ");
  return `${(word > most / 2 ? cut.slice(0, word) : cut).replace(/[\s,;:.–—-]+$/, "")}…`;
}
