/** The path of a story. Imported slugs may hold any character, hence the encoding. */
export const storyPath = (slug: string) => `/story/${encodeURIComponent(slug)}`;

/** The path of a chapter. */
export const chapterPath = (slug: string, number: number) => `${storyPath(slug)}/chapter/${number}`;

/** The path of a story's analytics, for its editors. */
export const storyAnalyticsPath = (slug: string) => `/editor/stories/${encodeURIComponent(slug)}`;
