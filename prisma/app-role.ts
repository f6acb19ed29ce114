import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import pg from "pg";

/** The site's own role cannot be prepared. The message is one line that tells the operator why. */
export class CannotPrepareRole extends Error {
  override name = "CannotPrepareRole";
}

/**
 * Makes sure that the site's own role, the user of `appUrl`, exists, can log in, and may do what the site does and no more: it owns
 * nothing, and may neither change nor delete audit events. Tables of later migrations get the same rights by default, and each run of the
 * migrations sets all of them again.
 * @param owner a connection as the role that owns the tables.
 * @throws CannotPrepareRole
 */
export async function prepareAppRole(owner: pg.Client, appUrl: string): Promise<void> {
  const { user, password } = new pg.Client({ connectionString: appUrl });
  const { rows } = await owner.query<{ me: string; exists: boolean }>(
    "SELECT current_user AS me, EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS exists",
    [user],
  );
  if (!user || rows[0]?.me === user) return;
  const role = owner.escapeIdentifier(user);
  // Before anything about it is changed.
  if (rows[0]?.exists) await refusePowerful(owner, user);
  if (!rows[0]?.exists) await setPassword(owner, `CREATE ROLE ${role} LOGIN`, user, password);
  else if (await refusesPassword(appUrl))
    await setPassword(owner, `ALTER ROLE ${role} LOGIN`, user, password);
  await owner.query(grants(role, owner.escapeIdentifier(rows[0]?.me ?? "")));
}

/** Sent as one string, so Postgres runs it as one transaction: the role is never left with half of its rights. */
const grants = (role: string, me: string) => `
  REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role};
  GRANT USAGE ON SCHEMA public TO ${role};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
  GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role};
  REVOKE UPDATE, DELETE ON "AuditEvent" FROM ${role};
  REVOKE ALL ON "_prisma_migrations" FROM ${role};
  ALTER DEFAULT PRIVILEGES FOR ROLE ${me} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
  ALTER DEFAULT PRIVILEGES FOR ROLE ${me} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${role};`;

/** A role that may become the owner could do all that the owner can. */
async function refusePowerful(owner: pg.Client, user: string) {
  const { rows } = await owner.query<{ why: string }>(
    `SELECT CASE WHEN r.rolsuper THEN 'a superuser' WHEN r.rolcreaterole THEN 'able to create roles'
       WHEN EXISTS (SELECT FROM pg_class t WHERE t.relname = 'AuditEvent' AND pg_has_role(r.oid, t.relowner, 'MEMBER'))
         THEN 'a member of the role that owns the tables' END AS why
     FROM pg_roles r WHERE r.rolname = $1`,
    [user],
  );
  const why = rows[0]?.why;
  if (why)
    throw new CannotPrepareRole(
      `DATABASE_URL: the role ${user} is ${why}, so it could rewrite the audit. Choose another one, or leave MIGRATION_DATABASE_URL out.`,
    );
}

async function setPassword(
  owner: pg.Client,
  statement: string,
  user: string,
  password: string | undefined | null,
) {
  if (!password) throw new CannotPrepareRole(`DATABASE_URL: needs a password for the role ${user}.`);
  try {
    await owner.query(`${statement} PASSWORD ${owner.escapeLiteral(scramVerifier(password))}`);
  } catch (error) {
    throw new CannotPrepareRole(
      `MIGRATION_DATABASE_URL: may not create the role ${user} or set its password (${(error as Error).message}). Have an administrator run: CREATE ROLE ${user} LOGIN PASSWORD '…'`,
    );
  }
}

async function refusesPassword(appUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: appUrl, connectionTimeoutMillis: 5000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return false;
  } catch (error) {
    // Wrong password, or no right to log in. Anything else is reported by what connects next.
    return ["28P01", "28000"].includes((error as { code?: string }).code ?? "");
  } finally {
    await client.end().catch(() => undefined);
  }
}

const ITERATIONS = 4096;

/** What Postgres stores of a password (RFC 5803): made here, so that the password itself is in no statement and in no log. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, ITERATIONS, 32, "sha256");
  const key = (name: string) => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(key("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${stored}:${key("Server Key").toString("base64")}`;
}
