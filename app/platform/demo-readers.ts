import { z } from "zod";
import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { ADVISORY_LOCKS } from "./advisory-locks";
import { type Actor, writeAudit } from "./audit";
import { actorName } from "./people";

const KEY = "demo.readers";
/** So many requests per second are no trouble for the smallest machine. */
export const MOST_PER_SECOND = 50;

const schema = z.object({ on: z.boolean(), perSecond: z.number().positive().max(MOST_PER_SECOND) });

/** Whether the demo's made-up readers read, and how many requests per second they send on average. */
export type DemoReaders = z.infer<typeof schema>;

/**
 * One request per second is enough to see charts move. Twice as many would bring each story above ten times its usual within an hour,
 * and the alert rule "surge" would rightly fire.
 */
export const USUAL_READERS: DemoReaders = { on: true, perSecond: 1 };

/** Reads what was chosen last. Rejects when Postgres does not answer. */
export async function readDemoReaders(db: Pick<PrismaClient, "setting">): Promise<DemoReaders> {
  const row = await db.setting.findUnique({ where: { key: KEY } });
  return parseDemoReaders(row?.value);
}

/** The chosen readers in the value of a Setting row; the usual ones without a row, or where it cannot be read. */
export const parseDemoReaders = (value: unknown): DemoReaders =>
  schema.safeParse(value).data ?? USUAL_READERS;

/** The statement that the readers poll, past Prisma. */
export const DEMO_READERS = { text: `SELECT value FROM "Setting" WHERE key = $1`, values: [KEY] };

/**
 * Starts, stops or speeds up the demo's readers, who follow within seconds, and writes it to the audit. Whoever calls it has checked
 * that the site is a demo. Rejects when Postgres does not answer; nothing has changed then.
 */
export async function changeDemoReaders(
  db: PrismaClient,
  actor: Actor,
  change: Partial<DemoReaders>,
): Promise<DemoReaders> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADVISORY_LOCKS.changeSetting}::int, hashtext(${KEY}))`;
    const before = await readDemoReaders(tx);
    const after = schema.parse({ ...before, ...change });
    const stored = { value: after, updatedAt: new Date(), updatedBy: actorName(actor) };
    await tx.setting.upsert({ where: { key: KEY }, create: { key: KEY, ...stored }, update: stored });
    await writeAudit(tx, actor, {
      action: after.on ? "demo.start-readers" : "demo.stop-readers",
      target: "demo readers",
      before: before as Prisma.InputJsonValue,
      after: after as Prisma.InputJsonValue,
    });
    return after;
  });
}

/** Whether a program that sends the demo's readers is there: it holds a lock, which ends with its connection. */
export async function areDemoReadersThere(db: Pick<PrismaClient, "$queryRaw">): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid::bigint = ${ADVISORY_LOCKS.demoReaders}::bigint
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  return rows.length > 0;
}
