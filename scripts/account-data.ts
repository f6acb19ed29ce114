import type { Redis } from "ioredis";
import pg from "pg";
import { type ErasurePlan, erasePerson, planErasure } from "../app/auth/personal-data/erase-person";
import { exportPerson } from "../app/auth/personal-data/export-person";
import type { PersonalStores } from "../app/auth/personal-data/stores";
import { createSyncQueue } from "../app/platform/queue";
import { connectRequestRedis } from "../app/platform/redis";
import { formatCount } from "../app/shared/format";
import { createReaderMemory } from "../app/stores/redis/reader-memory";
import { locateSite } from "./replay/locate-site";

/** Prints everything about a person as JSON. @throws Error, for the operator, when there is no such account. */
export const printExport = (email: string) =>
  withStores(async (stores) => {
    const data = await exportPerson(stores, await findId(stores, email));
    console.log(JSON.stringify(data, null, 2));
  });

/** Says what an erasure would change; with `really`, erases. @throws Error, for the operator, when that is not possible. */
export const erase = (email: string, { reassignTo, really }: { reassignTo?: string; really: boolean }) =>
  withStores(async (stores) => {
    const id = await findId(stores, email);
    const heir = reassignTo === undefined ? null : await findId(stores, reassignTo);
    const plan = await planErasure(stores, id);
    if (!plan) throw new Error(`${email}: there is no such account.`);
    for (const line of inWords(plan, reassignTo)) console.log(line);
    if (plan.stories.length > 0 && heir === null)
      throw new Error(`Nothing was changed. Say who gets the stories: --reassign-to <an editor's address>.`);
    if (!really) return console.log("Nothing was changed. Add --yes to erase.");
    const { forgottenInRedis, redisError } = await erasePerson(stores, id, { reassignTo: heir });
    await stores.pool.query(
      `INSERT INTO "AuditEvent" (actor, action, target) VALUES ('the command line', 'account.erase', $1)`,
      [`user ${id}`],
    );
    console.log(`user ${id} is erased. The audit keeps this number.`);
    console.log(
      redisError
        ? `Redis was not asked (${redisError}): what it remembers expires by itself after window and grace.`
        : `Redis has forgotten ${formatCount(forgottenInRedis, "entry", "entries")}.`,
    );
  });

function inWords(plan: ErasurePlan, reassignTo?: string): string[] {
  const { user, stories } = plan;
  const heir = reassignTo ?? "another author";
  return [
    `${user.email} is user ${user.id}, with the role ${user.role}.`,
    `Deleted: the account, ${formatCount(plan.sessions, "session")}, ${formatCount(plan.readingPlaces, "reading place")}, ${formatCount(plan.editing, "part", "parts")} as editor of stories.`,
    `Kept without the person: ${formatCount(plan.viewRows, "row")} of views, ${formatCount(plan.namedRows, "row")} about operations. Counts stay as they are.`,
    ...stories.map(({ slug, title }) => `Goes to ${heir}: “${title}” (${slug}).`),
    `Kept: ${formatCount(plan.auditEvents, "event")} of the audit, with the number ${user.id}.`,
    ...(plan.auditWithAddress > 0
      ? [
          `Careful: ${formatCount(plan.auditWithAddress, "event")} of the audit contain the address. Run npm run db:migrate first: it converts who acted. Reasons that people wrote stay.`,
        ]
      : []),
    ...(plan.onlyOperator
      ? ["This is the only operator, so the account stays: create another one first."]
      : []),
  ];
}

async function findId({ pool }: PersonalStores, email: string): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(`SELECT id FROM "User" WHERE email = $1`, [
    email.trim().toLowerCase(),
  ]);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`${email}: there is no such account.`);
  return id;
}

/** Opens the stores that the environment names, or those of a running `npm start`, and closes them afterwards. */
async function withStores(work: (stores: PersonalStores) => Promise<void>): Promise<void> {
  const { databaseUrl, redisUrl } = locateSite(undefined);
  const { REDIS_PREFIX = "" } = process.env;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  // Commands report their own failures.
  const onError = () => undefined;
  const connect = redisUrl ? () => connectRequestRedis(redisUrl, onError) : null;
  const redis: Redis | null = connect?.() ?? null;
  const queue = createSyncQueue(redisUrl, onError, { redisPrefix: REDIS_PREFIX });
  try {
    // A command that finds no connection fails at once, so the first one waits for it.
    if (redis) await new Promise((resolve) => redis.once("ready", resolve).once("error", resolve));
    await work({
      pool,
      memory: connect && createReaderMemory(connect, REDIS_PREFIX),
      queue: redis?.status === "ready" ? queue.queue() : null,
    });
  } finally {
    await queue.close();
    redis?.disconnect();
    await pool.end();
  }
}
