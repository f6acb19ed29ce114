import type pg from "pg";

/** A story of a run in the database. */
export interface StoryIds {
  id: number;
  slug: string;
  chapters: number[];
}

/** Writes a published story with published chapters directly into the database. */
export async function writeStory(pool: pg.Pool, slug: string, chapters: number): Promise<StoryIds> {
  const { rows } = await pool.query<{ id: number; chapters: number[] }>(
    `WITH author AS (
       INSERT INTO "User" (email, name, "passwordHash", role) VALUES ('author@example.test', 'Author', 'x', 'EDITOR')
       ON CONFLICT (email) DO UPDATE SET name = 'Author' RETURNING id
     ), story AS (
       INSERT INTO "Story" (slug, title, blurb, "authorId", status, "publishedAt")
       SELECT $1, $1, '', id, 'PUBLISHED', now() FROM author RETURNING id
     ), chapter AS (
       INSERT INTO "Chapter" ("storyId", number, title, body, status, "publishedAt")
       SELECT story.id, n, 'Chapter', 'Text', 'PUBLISHED', now() FROM story, generate_series(1, $2::int) AS n RETURNING id, number
     )
     SELECT (SELECT id FROM story) AS id, (SELECT json_agg(id ORDER BY number) FROM chapter) AS chapters`,
    [slug, chapters],
  );
  return { id: rows[0]?.id ?? 0, slug, chapters: rows[0]?.chapters ?? [] };
}
