/** A slug in the spelling that all slugs have in Postgres: a letter and its accent are one character (NFC), as people type them. */
export const composeSlug = (slug: string) => slug.normalize("NFC");

/** The path of a story. Imported slugs may hold any character, hence the encoding. */
export const storyPath = (slug: string) => `/story/${encodeURIComponent(slug)}`;

/** The path of a chapter. */
export const chapterPath = (slug: string, number: number) => `${storyPath(slug)}/chapter/${number}`;

/** The path of the feed of new chapters, of all stories. */
export const SITE_FEED = "/feed.atom";

/** The path of the feed of a story's new chapters. */
export const storyFeedPath = (slug: string) => `${storyPath(slug)}/feed.atom`;

/** The path of a story's account, for operators: what makes up its count. */
export const storyAccountPath = (slug: string) => `/admin/stories/${encodeURIComponent(slug)}`;

/** The path of a story's analytics, for its editors. */
export const storyAnalyticsPath = (slug: string) => `/editor/stories/${encodeURIComponent(slug)}`;

/** The path of the stories of a genre. */
export const genrePath = (genre: string) => `/genre/${encodeURIComponent(genre)}`;
