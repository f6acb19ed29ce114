import type pg from "pg";

/** Writes published stories without chapters, with the ids from 1 on. */
export async function writeBareStories(pool: pg.Pool, count: number) {
  await pool.query(`INSERT INTO "User" (email, name, "passwordHash") VALUES ('a@example.test', 'A', '')`);
  await pool.query(
    `INSERT INTO "Story" (slug, title, blurb, "authorId", status)
     SELECT 'c' || n, 'S', '', 1, 'PUBLISHED' FROM generate_series(1, $1::int) n`,
    [count],
  );
}
