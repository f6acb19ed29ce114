import type pg from "pg";
import type { PrismaClient } from "../../../prisma/client/client";

/** The derived tables, by what they are derived from. */
export type RollUpName = "samples" | "exclusions" | "views";

/** How far a derived table reaches, Unix ms: later rows are only in the table behind it. -Infinity while it is empty. */
export async function readRolledUntil(db: PrismaClient, name: RollUpName): Promise<number> {
  const row = await db.rollUp.findUnique({ where: { name } });
  return row?.until.getTime() ?? Number.NEGATIVE_INFINITY;
}

/**
 * Takes the turn of one process to roll up, until the transaction ends. @returns how far it has come, by the clock of Postgres;
 * undefined when it is another's turn.
 */
export async function takeTurn(
  client: pg.ClientBase,
  lock: number,
  name: RollUpName,
): Promise<{ now: Date; until: Date | null } | undefined> {
  const { rows } = await client.query<{ got: boolean; now: Date; until: Date | null }>(
    `SELECT pg_try_advisory_xact_lock($1) AS got, now() AS now, (SELECT until FROM "RollUp" WHERE name = $2) AS until`,
    [lock, name],
  );
  return rows[0]?.got ? rows[0] : undefined;
}

/** Records how far it has come. */
export const recordUntil = (client: pg.ClientBase, name: RollUpName, until: Date) =>
  client.query(
    `INSERT INTO "RollUp" (name, until) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET until = EXCLUDED.until`,
    [name, until],
  );
