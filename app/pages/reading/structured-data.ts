import type { MetaDescriptor } from "@remix-run/react";
import { chapterPath, storyPath } from "~/shared/story-paths";
import type { Chapter } from "./read-chapter";
import type { Story } from "./read-story";

/**
 * What search engines read of a story (schema.org), for a route's `meta`. Remix escapes it for the script element, which is data and never
 * run, so it needs no nonce. Nothing of a draft, or where the site's address is not known: search engines want whole addresses.
 */
export function storyData(
  story: Pick<Story, "slug" | "title" | "author" | "blurb" | "genre" | "draft" | "chapters">,
  origin: string | undefined,
): MetaDescriptor[] {
  if (!origin || story.draft) return [];
  const url = origin + storyPath(story.slug);
  return [
    inSchema({
      "@type": "Book",
      "@id": url,
      url,
      name: story.title,
      author: { "@type": "Person", name: story.author },
      ...(story.blurb && { description: story.blurb }),
      ...(story.genre && { genre: story.genre }),
      inLanguage: "en",
      isAccessibleForFree: true,
    }),
    inSchema(
      breadcrumbs([
        ["All stories", `${origin}/`],
        [story.title, url],
      ]),
    ),
  ];
}

/** The same of a chapter, as a part of its story. */
export function chapterData(
  {
    story,
    number,
    title,
    publishedAt,
    draft,
  }: Pick<Chapter, "story" | "number" | "title" | "publishedAt" | "draft">,
  origin: string | undefined,
): MetaDescriptor[] {
  if (!origin || draft) return [];
  const book = origin + storyPath(story.slug);
  const url = origin + chapterPath(story.slug, number);
  return [
    inSchema({
      "@type": "Chapter",
      "@id": url,
      url,
      name: title,
      position: number,
      author: { "@type": "Person", name: story.author },
      ...(publishedAt && { datePublished: publishedAt }),
      isPartOf: { "@type": "Book", "@id": book, url: book, name: story.title },
      isAccessibleForFree: true,
    }),
    inSchema(
      breadcrumbs([
        ["All stories", `${origin}/`],
        [story.title, book],
        [title, url],
      ]),
    ),
  ];
}

const inSchema = (thing: object): MetaDescriptor => ({
  "script:ld+json": { "@context": "https://schema.org", ...thing },
});

const breadcrumbs = (steps: [name: string, url: string][]) => ({
  "@type": "BreadcrumbList",
  itemListElement: steps.map(([name, item], i) => ({ "@type": "ListItem", position: i + 1, name, item })),
});
