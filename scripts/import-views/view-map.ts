import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import ipaddr from "ipaddr.js";
import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { parseUrl } from "../../app/shared/parse-url";
import { composeSlug } from "../../app/shared/story-paths";
import { type MatchPath, matchFirst, parsePattern } from "./path-patterns";

const name = z.string().min(1);
const storyEntry = z.union([
  name,
  z.strictObject({ slug: name, chapters: z.record(z.string(), z.number().int().nonnegative()).optional() }),
]);

/** The columns of a CSV file, by what they say. */
const columns = z
  .strictObject({
    time: name,
    path: name.optional(),
    story: name.optional(),
    chapter: name.optional(),
    reader: name.optional(),
    address: name.optional(),
    agent: name.optional(),
    referrer: name.optional(),
    delimiter: z.string().length(1).optional(),
  })
  .refine(({ path, story }) => (path === undefined) !== (story === undefined), {
    error: "must name either a column for `path` or one for `story`",
  })
  .refine(({ reader, address }) => reader !== undefined || address !== undefined, {
    error: "must name a column for `reader` or `address`: without either, readers cannot be told apart",
  })
  .refine(({ path, chapter }) => path === undefined || chapter === undefined, {
    error: "must not name a column for `chapter` beside `path`: paths say which chapter it is",
  });

const mapSchema = z
  .strictObject({
    pages: z.array(name).optional(),
    stories: z.record(z.string(), storyEntry).optional(),
    site: z.union([name, z.array(name)]).optional(),
    authors: z.array(name).optional(),
    csv: columns.optional(),
  })
  .refine(({ pages, csv }) => (pages?.length ?? 0) > 0 || csv?.story !== undefined, {
    error: "must have `pages`: the patterns of the paths of stories and chapters, such as /stories/:story",
  });

type MapFile = z.infer<typeof mapSchema>;
/** Which column says what. */
export type CsvColumns = NonNullable<MapFile["csv"]>;

/** A page as Tidemark names it. */
export interface MappedPage {
  slug: string;
  /** Null for the story's own page; NaN if it is not a number and the map has none for it. */
  chapter: number | null;
}

/** How lines match stories and chapters. */
export interface ViewMap {
  /** Null for access logs. */
  csv: CsvColumns | null;
  matchPath: MatchPath;
  pageOf(story: string, chapter: string | undefined): MappedPage;
  /** Hosts whose pages are "this site". */
  siteHosts: string[];
  /** Whether a reader is one of the authors and editors that the map names. */
  isAuthor(reader: string): boolean;
  /** SHA-256 of what the map says, however it is spelled. */
  digest: string;
}

/**
 * Reads a map, in YAML or JSON.
 * @throws Error with one line that names file, line and column.
 */
export function readViewMap(path: string): ViewMap {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`--map: cannot read ${path} (${(error as Error).message}).`);
  }
  return parseViewMap(text, path);
}

/** The same, of its text. `file` is its name in errors. */
export function parseViewMap(text: string, file: string): ViewMap {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (offset: number, message: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new Error(`${file}, line ${line}, column ${col}: ${message}.`);
  };
  const [broken] = document.errors;
  if (broken) fail(broken.pos[0], broken.message.replace(/\.$/, ""));
  const placeOf = (keys: readonly PropertyKey[]): number => {
    for (let length = keys.length; length > 0; length -= 1) {
      const node = document.getIn(keys.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  };
  const parsed = mapSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const keys = issue?.path ?? [];
    const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
    const where = [...keys, ...(unknown === undefined ? [] : [unknown])];
    const named = where.length > 0 ? `\`${where.join(".")}\` ` : "the map ";
    return fail(
      placeOf(where),
      `${named}${unknown === undefined ? wordsFor(issue?.message ?? "") : "is not known"}`,
    );
  }
  const map = parsed.data;
  const patterns = (map.pages ?? []).map((pattern, i) => {
    try {
      return parsePattern(pattern);
    } catch (error) {
      return fail(placeOf(["pages", i]), (error as Error).message);
    }
  });
  return {
    csv: map.csv ?? null,
    matchPath: matchFirst(patterns),
    pageOf: pageFinder(map.stories ?? {}),
    siteHosts: [map.site ?? []].flat().map(hostOf),
    isAuthor: authorFinder(map.authors ?? []),
    digest: createHash("sha256").update(JSON.stringify(map)).digest("hex"),
  };
}

const wordsFor = (message: string) =>
  /^(must|is)\b/.test(message)
    ? message
    : `is not what it should be (${message.replace(/^Invalid input: /, "")})`;

const hostOf = (site: string) => (site.includes("//") && parseUrl(site)?.host) || site.toLowerCase();

/** Names that the map does not mention are slugs, and numbers of chapters, as they are. */
function pageFinder(stories: NonNullable<MapFile["stories"]>): ViewMap["pageOf"] {
  const entries = new Map(Object.entries(stories));
  return (story, chapter) => {
    const entry = entries.get(story);
    const slug = composeSlug(typeof entry === "string" ? entry : (entry?.slug ?? story));
    if (chapter === undefined || chapter === "") return { slug, chapter: null };
    const numbers = typeof entry === "object" ? new Map(Object.entries(entry.chapters ?? {})) : undefined;
    const number = numbers?.get(chapter);
    return { slug, chapter: number ?? (/^\d{1,9}$/.test(chapter) ? Number(chapter) : Number.NaN) };
  };
}

/** Addresses, networks (`192.0.2.0/24`), and readers as the CSV file names them. */
function authorFinder(authors: string[]): ViewMap["isAuthor"] {
  const names = new Set(authors);
  const networks = authors.flatMap((author) => {
    const text = ipaddr.isValid(author) ? `${author}/${author.includes(":") ? 128 : 32}` : author;
    return ipaddr.isValidCIDR(text) ? [ipaddr.parseCIDR(text)] : [];
  });
  return (reader) => {
    if (names.has(reader)) return true;
    if (networks.length === 0 || !ipaddr.isValid(reader)) return false;
    const address = ipaddr.process(reader);
    return networks.some(
      ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
    );
  };
}
