import type pg from "pg";
import { actorName, ERASED } from "~/platform/people";
import { forgetInJobs } from "~/platform/queue-jobs";
import { countReaderRows, forgetReader } from "~/stores/postgres/forget-viewers";
import { withTimeout } from "~/tracker/timeout";
import { CAN_OPERATE, isLastOperator, LAST_OPERATOR } from "../last-operator";
import { NAMING_COLUMNS, NAMING_TEXTS, type PersonalStores } from "./stores";

/** An erasure that must not happen. The message is one line for the person who asked. */
export class RefusedErasure extends Error {
  override name = "RefusedErasure";
}

/** A walk through a large memory takes some seconds. */
const REDIS_TIMEOUT_MS = 60_000;

/** What an erasure would change: how many rows of each kind. */
export interface ErasurePlan {
  user: { id: number; email: string; name: string; role: string };
  /** Stories of which they are the author: these stay, and need another one. */
  stories: { slug: string; title: string }[];
  sessions: number;
  readingPlaces: number;
  /** Stories that they edit for others. */
  editing: number;
  /** Rows of views and windows whose key is replaced; their views stay counted. */
  viewRows: number;
  /** Rows about operations in which their name is replaced. */
  namedRows: number;
  /** Events of the audit, which keep their number and cannot be changed. */
  auditEvents: number;
  /** Events that hold their address, from versions before: `npm run db:migrate` converts the actor; reasons are what people wrote. */
  auditWithAddress: number;
  /** The site would be left without an operator. */
  onlyOperator: boolean;
}

export interface Erasure {
  /** How many entries Redis has forgotten. */
  forgottenInRedis: number;
  /** Why Redis has forgotten nothing, or not all; null when it has. What is left expires by itself after window and grace. */
  redisError: string | null;
}

/** What erasing an account would do. Changes nothing. Null if there is no such account. */
export async function planErasure({ pool }: PersonalStores, userId: number): Promise<ErasurePlan | null> {
  const { rows } = await pool.query<ErasurePlan["user"]>(
    `SELECT id, email, name, role FROM "User" WHERE id = $1`,
    [userId],
  );
  const [user] = rows;
  if (!user) return null;
  const count = async (text: string, ...values: unknown[]) =>
    (await pool.query<{ count: number }>(`SELECT (${text})::int AS count`, values)).rows[0]?.count ?? 0;
  const names = [actorName(user), user.email];
  const naming = [
    ...NAMING_COLUMNS.map(
      ([table, column]) => `(SELECT count(*) FROM "${table}" WHERE "${column}" = ANY($1))`,
    ),
    ...NAMING_TEXTS.map(([table, column]) => `(SELECT count(*) FROM "${table}" WHERE "${column}" ~ ANY($2))`),
  ];
  const stories = await pool.query<{ slug: string; title: string }>(
    `SELECT slug, title FROM "Story" WHERE "authorId" = $1 ORDER BY title`,
    [userId],
  );
  return {
    user,
    stories: stories.rows,
    sessions: await count(`SELECT count(*) FROM "Session" WHERE "userId" = $1`, userId),
    readingPlaces: await count(`SELECT count(*) FROM "ReadingPlace" WHERE "userId" = $1`, userId),
    editing: await count(`SELECT count(*) FROM "StoryEditor" WHERE "userId" = $1`, userId),
    viewRows: await countReaderRows(pool, userId),
    namedRows: await count(naming.join(" + "), names, patternsOf(user)),
    auditEvents: await count(`SELECT count(*) FROM "AuditEvent" WHERE "actorId" = $1`, userId),
    auditWithAddress: await count(
      `SELECT count(*) FROM "AuditEvent" a WHERE strpos(lower(a::text), $1) > 0`,
      user.email,
    ),
    onlyOperator:
      user.role === "OPS" &&
      (await count(`SELECT count(*) FROM "User" WHERE ${CAN_OPERATE} AND id <> $1`, userId)) === 0,
  };
}

/** What keeps an account: stories that would be without an author, and a site without an operator. */
export async function whatKeeps(
  pool: pg.Pool,
  userId: number,
): Promise<{ stories: string[]; onlyOperator: boolean }> {
  const { rows } = await pool.query<{ stories: string[]; onlyOperator: boolean }>(
    `SELECT ARRAY(SELECT title FROM "Story" WHERE "authorId" = $1 ORDER BY title) AS stories,
       EXISTS (SELECT FROM "User" WHERE id = $1 AND role = 'OPS')
         AND NOT EXISTS (SELECT FROM "User" WHERE id <> $1 AND ${CAN_OPERATE}) AS "onlyOperator"`,
    [userId],
  );
  return rows[0] ?? { stories: [], onlyOperator: false };
}

/**
 * Erases a person: their account with all that belongs to it, their keys in rows of views and in Redis, and their name in rows about
 * operations. Stories go to `reassignTo`. Counts stay: a view that counted was one. Postgres changes in one transaction, Redis after it.
 * @throws RefusedErasure when there is no such account, it is the last operator, or its stories have no other author.
 */
export async function erasePerson(
  stores: PersonalStores,
  userId: number,
  { reassignTo }: { reassignTo: number | null },
): Promise<Erasure> {
  const client = await stores.pool.connect();
  try {
    await client.query("BEGIN");
    await eraseRows(client, userId, { reassignTo, compared: stores.memory !== null });
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
  return forgetInRedis(stores, userId);
}

async function eraseRows(
  client: pg.PoolClient,
  userId: number,
  { reassignTo, compared }: { reassignTo: number | null; compared: boolean },
) {
  const { rows } = await client.query<{ email: string; name: string }>(
    `SELECT email, name FROM "User" WHERE id = $1 FOR UPDATE`,
    [userId],
  );
  const [user] = rows;
  if (!user) throw new RefusedErasure("There is no such account.");
  if (await isLastOperator((text, values) => client.query(text, values), userId))
    throw new RefusedErasure(LAST_OPERATOR);
  if (reassignTo !== null) {
    const heir = await client.query(`SELECT 1 FROM "User" WHERE id = $1 AND id <> $2 AND role = 'EDITOR'`, [
      reassignTo,
      userId,
    ]);
    if (!heir.rowCount)
      throw new RefusedErasure("Stories can be given only to another account with the role EDITOR.");
    await client.query(
      `DELETE FROM "StoryEditor" WHERE "userId" = $1 AND "storyId" IN (SELECT id FROM "Story" WHERE "authorId" = $2)`,
      [reassignTo, userId],
    );
    await client.query(`UPDATE "Story" SET "authorId" = $1 WHERE "authorId" = $2`, [reassignTo, userId]);
  }
  const authored = await client.query(`SELECT 1 FROM "Story" WHERE "authorId" = $1 LIMIT 1`, [userId]);
  if (authored.rowCount)
    throw new RefusedErasure("This account is the author of stories. Give them to another author first.");
  await forgetReader(client, userId, { compared });
  const names = [actorName({ id: userId, email: "" }), user.email];
  for (const [table, column] of NAMING_COLUMNS)
    await client.query(`UPDATE "${table}" SET "${column}" = $2 WHERE "${column}" = ANY($1)`, [names, ERASED]);
  for (const [table, column] of NAMING_TEXTS)
    for (const pattern of patternsOf({ id: userId, ...user }))
      await client.query(
        `UPDATE "${table}" SET "${column}" = regexp_replace("${column}", $1, '\\1' || $2, 'g') WHERE "${column}" ~ $1`,
        [pattern, ERASED],
      );
  // Test notifications of versions before named who had sent them.
  await client.query(
    `UPDATE "Delivery" SET body = replace(body::text, $1, $2)::jsonb WHERE strpos(body::text, $1) > 0`,
    [user.email, ERASED],
  );
  for (const name of writtenNames(user.name))
    for (const phrase of NOTIFIED_OF)
      await client.query(
        `UPDATE "Delivery" SET body = replace(body::text, $1, $2)::jsonb WHERE event = ANY($3) AND strpos(body::text, $1) > 0`,
        [phrase(name), phrase(ERASED), ["acknowledged", "handed-over"]],
      );
  await client.query(`DELETE FROM "User" WHERE id = $1`, [userId]);
}

/** How notifications name people (app/alerts/notification-text.ts), as JSON; the last two are fields of webhooks. */
const NOTIFIED_OF = [
  (name: string) => `Acknowledged by ${name}.`,
  (name: string) => `Handed over to ${name}: `,
  (name: string) => `Handed over by ${name} to `,
  (name: string) => ` to ${name}.`,
  (name: string) => `"by": "${name}"`,
  (name: string) => `"to": "${name}"`,
];

/** How sentences name a person: by id now, by name or address in versions before. */
const patternsOf = ({ id, email, name }: { id: number; email: string; name: string }) => [
  `()\\muser ${id}\\M`,
  ...[email, name].filter(Boolean).map((words) => `( by )${words.replace(/[^\p{L}\p{N}\s]/gu, "\\$&")}$`),
];

/** How the JSON of a notification writes the name of someone who acknowledged an alert; Slack's text has three characters escaped. */
function writtenNames(name: string): string[] {
  const json = JSON.stringify(name).slice(1, -1);
  const slack = json.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [...new Set([json, slack, slack.replaceAll("@", "@\u200b")])];
}

async function forgetInRedis({ memory, queue }: PersonalStores, userId: number): Promise<Erasure> {
  const forget = async () => {
    const viewed = memory ? await memory.forget(userId) : 0;
    return viewed + (queue ? await forgetInJobs(queue, actorName({ id: userId, email: "" })) : 0);
  };
  try {
    // BullMQ waits for a Redis that is down.
    return { forgottenInRedis: await withTimeout(REDIS_TIMEOUT_MS, forget()), redisError: null };
  } catch (error) {
    return { forgottenInRedis: 0, redisError: (error as Error).message };
  }
}
