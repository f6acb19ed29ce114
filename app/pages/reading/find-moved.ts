import { redirect } from "@remix-run/node";
import { notFound } from "~/platform/not-found";
import { chapterPath, composeSlug, storyPath } from "~/shared/story-paths";
import { IS_AUTHOR, type Reader, type ReadingSources, readerId } from "./sources";

const STATEMENT = `
  SELECT s.slug, c.number
  FROM (SELECT id FROM "Story" WHERE slug = $1 UNION ALL SELECT "storyId" FROM "FormerSlug" WHERE slug = $1 LIMIT 1) found
  JOIN "Story" s ON s.id = found.id
  CROSS JOIN LATERAL (SELECT s.status = 'PUBLISHED' AS published, ${IS_AUTHOR} AS "isAuthor") may
  LEFT JOIN LATERAL (
    SELECT c.number FROM "Chapter" c
    LEFT JOIN "FormerChapterNumber" f ON f."chapterId" = c.id AND f."storyId" = s.id AND f.number = $3
    WHERE c."storyId" = s.id AND (c.number = $3 OR f.number = $3) AND (may."isAuthor" OR c.status = 'PUBLISHED')
    ORDER BY c.number = $3 DESC LIMIT 1) c ON true
  WHERE may.published OR may."isAuthor"`;

/** The path that a story or a chapter has now, for one that it had before; null where nothing was, or is for this reader. */
export async function findMoved(
  { pools }: Pick<ReadingSources, "pools">,
  reader: Reader,
  slug: string,
  number?: number,
): Promise<string | null> {
  if (slug.includes("\0")) return null;
  const { rows } = await pools.pages.query<{ slug: string; number: number | null }>({
    name: "find-moved",
    text: STATEMENT,
    values: [slug, readerId(reader), number ?? null],
  });
  const [row] = rows;
  if (!row) return null;
  if (number === undefined) return row.slug === slug ? null : storyPath(row.slug);
  if (row.number === null || (row.slug === slug && row.number === number)) return null;
  return chapterPath(row.slug, row.number);
}

/**
 * The answer to a request for a page that is not there: a redirect to where it has moved, or a 404.
 * `number` is the chapter's; absent for the story's own page.
 */
export async function movedOrMissing(
  sources: Pick<ReadingSources, "pools">,
  reader: Reader,
  request: Request,
  { slug = "", number, what }: { slug: string | undefined; number?: string; what: "story" | "chapter" },
): Promise<Response> {
  const isNumber = number === undefined || /^[1-9]\d{0,8}$/.test(number);
  const path =
    isNumber && (await findMoved(sources, reader, composeSlug(slug), number ? Number(number) : undefined));
  return path ? movedTo(request, path) : notFound(`There is no such ${what}.`);
}

/** A permanent redirect that keeps the query. Browsers ask again next time, because another story may take the address. */
export const movedTo = (request: Request, path: string) =>
  redirect(path + new URL(request.url).search, { status: 301, headers: { "Cache-Control": "no-cache" } });
