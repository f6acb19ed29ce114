import type { PrismaClient } from "../../../prisma/client/client";

/**
 * Whether the site's own role in Postgres could rewrite the audit: as a superuser, as (or as a member of) the role that owns the table,
 * or with a right to change it. Then only a trigger refuses, which that role may switch off.
 */
export async function readAuditProtection(db: PrismaClient) {
  const [row] = await db.$queryRaw<{ role: string; mayRewrite: boolean }[]>`
    SELECT current_user::text AS role, r.rolsuper OR pg_has_role(current_user, t.relowner, 'MEMBER')
      OR has_table_privilege(t.oid, 'UPDATE') OR has_table_privilege(t.oid, 'DELETE') OR has_table_privilege(t.oid, 'TRUNCATE')
      OR has_table_privilege(t.oid, 'TRIGGER') AS "mayRewrite"
    FROM pg_class t, pg_roles r WHERE t.oid = '"AuditEvent"'::regclass AND r.rolname = current_user`;
  return { role: row?.role ?? "", mayRewrite: row?.mayRewrite ?? true };
}
