import { actorName } from "~/platform/people";
import { NAMING_COLUMNS, type PersonalStores } from "./stores";

/** Columns that are left out: they prove who a person is, and say nothing about them. */
const SECRET = /hash|secret|password|token|^data$/i;
const SECRET_IDS = new Set(["Session.id"]);

/**
 * Everything that Tidemark has about a person, as JSON: their account, every row of every table that refers to it, the rows of views and
 * windows with their key, what Redis remembers of them, and what they did as an operator. Passwords and session ids are left out.
 * Null if there is no such account. Rejects when a store does not answer: half of it would look like all of it.
 */
export async function exportPerson(stores: PersonalStores, userId: number): Promise<object | null> {
  const { pool, memory } = stores;
  const [account] = await readRows(pool, "User", "id", userId);
  if (!account) return null;
  const name = actorName({ id: userId, email: "" });
  const rows = new Map<string, object[]>();
  for (const { table, column } of await listReferences(pool)) {
    const found = await readRows(pool, table, column, userId);
    if (found.length > 0) rows.set(table, [...(rows.get(table) ?? []), ...found]);
  }
  const chapters = await pool.query(
    `SELECT c.* FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId" WHERE s."authorId" = $1 ORDER BY c."storyId", c.number`,
    [userId],
  );
  const operations: Record<string, object[]> = {};
  for (const [table, column] of NAMING_COLUMNS) {
    const found = await readRows(pool, table, column, name);
    if (found.length > 0) operations[`${table}.${column}`] = found;
  }
  return {
    exportedAt: new Date().toISOString(),
    account,
    rows: { ...Object.fromEntries(rows), ...(chapters.rows.length > 0 && { Chapter: chapters.rows }) },
    views: await readViews(pool, userId),
    rememberedInRedis: memory ? await memory.list(userId) : [],
    operations,
    audit: await readRows(pool, "AuditEvent", "actorId", userId),
  };
}

/** Every column that refers to an account, those of later versions included. */
async function listReferences(pool: PersonalStores["pool"]) {
  const { rows } = await pool.query<{ table: string; column: string }>(
    `SELECT t.relname AS "table", a.attname AS "column"
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(c.conkey)
     WHERE c.contype = 'f' AND c.confrelid = '"User"'::regclass ORDER BY 1, 2`,
  );
  return rows;
}

/** Table and column come from the schema or from constants, never from a person. */
async function readRows(pool: PersonalStores["pool"], table: string, column: string, value: string | number) {
  const { rows } = await pool.query<Record<string, unknown>>(
    `SELECT * FROM "${table}" WHERE "${column}" = $1`,
    [value],
  );
  const isSecret = (name: string) => SECRET.test(name) || SECRET_IDS.has(`${table}.${name}`);
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !isSecret(name))));
}

/** Views that were counted in Postgres and still have the reader's key, and the windows in which another one would not count. */
async function readViews(pool: PersonalStores["pool"], userId: number) {
  const ofReader = `v.viewer LIKE '%.u%' AND v.viewer LIKE '%.u' || $1::int`;
  const { rows } = await pool.query(
    `SELECT 'story' AS kind, "storyId" AS id, "viewedAt", counted, referrer, device FROM "StoryView" v WHERE ${ofReader}
     UNION ALL SELECT 'chapter', "chapterId", "viewedAt", counted, referrer, device FROM "ChapterView" v WHERE ${ofReader}`,
    [userId],
  );
  const windows = await pool.query(
    `SELECT 'story' AS kind, "storyId" AS id, windows::text FROM "StoryWindow" v WHERE ${ofReader}
     UNION ALL SELECT 'chapter', "chapterId", windows::text FROM "ChapterWindow" v WHERE ${ofReader}`,
    [userId],
  );
  return { countedInPostgres: rows, windows: windows.rows };
}
