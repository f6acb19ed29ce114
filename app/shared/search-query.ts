const MOST_WORDS = 8;

/** The words of a search, as Postgres takes them: each may be the start of a word. Null without any word. */
export function searchQuery(text: string): string | null {
  const words = text.normalize("NFC").match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length === 0
    ? null
    : words
        .slice(0, MOST_WORDS)
        .map((word) => `${word}:*`)
        .join(" & ");
}
