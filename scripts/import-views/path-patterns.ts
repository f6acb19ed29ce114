/** What a path says of a page. */
export interface PathMatch {
  story: string;
  /** Absent on a story's own page. */
  chapter?: string;
}

/** Tells which story and chapter a path is of; null if it is another page's. */
export type MatchPath = (path: string) => PathMatch | null;

const PART = /:([a-z]+)|\*/gi;

/**
 * Reads a pattern: `:story` and `:chapter` stand for what is between two slashes, or for a part of it (`/part-:chapter.html`), and `*` for
 * anything.
 * @throws Error with what is wrong.
 */
export function parsePattern(pattern: string): MatchPath {
  if (!pattern.startsWith("/")) throw new Error(`"${pattern}" must start with a slash`);
  const names = [...pattern.matchAll(PART)].flatMap(([, name]) => name ?? []);
  const unknown = names.find((name) => name !== "story" && name !== "chapter");
  if (unknown !== undefined)
    throw new Error(`"${pattern}" has :${unknown}; only :story, :chapter and * have a meaning`);
  if (names.filter((name) => name === "story").length !== 1)
    throw new Error(`"${pattern}" must have :story once`);
  if (names.filter((name) => name === "chapter").length > 1)
    throw new Error(`"${pattern}" has :chapter more than once`);
  if (/(:[a-z]+|\*)(:[a-z]+|\*)/i.test(pattern))
    throw new Error(`"${pattern}": something must stand between two of :story, :chapter and *`);
  const literals = pattern.split(/(:[a-z]+|\*)/i).map((part) => {
    if (part === "*") return ".*";
    return part.startsWith(":") ? `(?<${part.slice(1)}>[^/]+?)` : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  const expression = new RegExp(`^${literals.join("")}$`);
  return (path) => {
    const groups = expression.exec(path)?.groups;
    if (!groups?.story) return null;
    return groups.chapter === undefined
      ? { story: groups.story }
      : { story: groups.story, chapter: groups.chapter };
  };
}

/** Asks patterns in their order. */
export function matchFirst(patterns: readonly MatchPath[]): MatchPath {
  return (path) => {
    for (const match of patterns) {
      const found = match(path);
      if (found) return found;
    }
    return null;
  };
}
