import { ADVISORY_LOCKS } from "~/platform/advisory-locks";

/** In SQL, over "User": a full operator who may log in. Read-only ones do not count: they could not let another one in. */
export const CAN_OPERATE = `role = 'OPS' AND "disabledAt" IS NULL`;

/** What keeps the last operator. */
export const LAST_OPERATOR =
  "This is the only operator of the site who can log in. Make another account an operator first.";

/** Runs a statement in an open transaction. */
type Query = (text: string, values: unknown[]) => Promise<{ rows: object[] }>;

/**
 * Whether this account is the last operator who may log in. All changes that may take an operator away ask here, inside their transaction:
 * the lock lasts until its end, so two last operators cannot take each other, or themselves, away at the same moment.
 */
export async function isLastOperator(query: Query, userId: number): Promise<boolean> {
  // A statement of its own: one that waits for the lock would still see the rows as they were before it waited.
  await query("SELECT pg_advisory_xact_lock($1)::text", [ADVISORY_LOCKS.operators]);
  const { rows } = await query(
    `SELECT id FROM "User" WHERE id = $1 AND ${CAN_OPERATE}
       AND NOT EXISTS (SELECT FROM "User" WHERE id <> $1 AND ${CAN_OPERATE})`,
    [userId],
  );
  return rows.length > 0;
}
