import pg from "pg";
import { isLastOperator, LAST_OPERATOR } from "../app/auth/last-operator";
import { formatCount } from "../app/shared/format";
import { locateSite } from "./replay/locate-site";

/**
 * Disables an account, or enables it again, as the users' page does: in one transaction with its audit event.
 * @throws Error, for the operator, when there is no such account, or it is the last operator's.
 */
export async function setDisabled(address: string, disabled: boolean, reason?: string): Promise<void> {
  const client = new pg.Client({ connectionString: locateSite(undefined).databaseUrl });
  await client.connect();
  try {
    await client.query("BEGIN");
    const { rows } = await client.query<{ id: number; disabled: boolean }>(
      `SELECT id, "disabledAt" IS NOT NULL AS disabled FROM "User" WHERE email = $1 FOR UPDATE`,
      [address.trim().toLowerCase()],
    );
    const [user] = rows;
    if (!user) throw new Error(`${address}: there is no such account.`);
    const state = disabled ? "disabled" : "enabled";
    if (user.disabled === disabled) throw new Error(`Nothing was changed: ${address} is ${state} already.`);
    if (disabled && (await isLastOperator((text, values) => client.query(text, values), user.id)))
      throw new Error(`Nothing was changed: ${LAST_OPERATOR}`);
    await client.query(`UPDATE "User" SET "disabledAt" = CASE WHEN $2 THEN now() END WHERE id = $1`, [
      user.id,
      disabled,
    ]);
    const { rowCount } = disabled
      ? await client.query(`DELETE FROM "Session" WHERE "userId" = $1`, [user.id])
      : { rowCount: 0 };
    await client.query(
      `INSERT INTO "AuditEvent" (actor, action, target, reason, before, after)
       VALUES ('the command line', $1, $2, $3, $4, $5)`,
      [
        disabled ? "user.disable" : "user.enable",
        `user ${user.id}`,
        reason?.trim() || null,
        { disabled: !disabled },
        { disabled, ...(disabled && { sessions: rowCount ?? 0 }) },
      ],
    );
    await client.query("COMMIT");
    console.log(
      disabled
        ? `${address} is disabled: ${formatCount(rowCount ?? 0, "session")} ended, and no log-in until it is enabled.`
        : `${address} is enabled, with the password from before.`,
    );
  } finally {
    await client.end();
  }
}
