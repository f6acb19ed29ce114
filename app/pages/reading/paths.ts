/** The address of a story; slugs may hold anything, as imported ones do. */
export const storyPath = (slug: string) => `/story/${encodeURIComponent(slug)}`;

export const chapterPath = (slug: string, number: number) => `${storyPath(slug)}/chapter/${number}`;
