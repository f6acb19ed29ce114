import type { Role } from "~/shared/roles";
import { Prisma, type PrismaClient } from "../../../prisma/client/client";

/** An account in the list. */
export interface UserRow {
  id: number;
  name: string;
  email: string;
  role: Role;
  disabledAt: Date | null;
  /** When one of its open sessions was last used, to within a few minutes; null without an open session. */
  seenAt: Date | null;
  sessions: number;
  secondFactor: boolean;
}

/** Which accounts to list. */
export interface UserFilter {
  /** Part of a name or an address, or a number. */
  text: string;
  /** "" for every role. */
  role: Role | "";
  /** From 0. */
  page: number;
}

const PAGE_ROWS = 50;

/** A page of accounts, operators first, and whether there are more. */
export async function readUsers(db: PrismaClient, { text, role, page }: UserFilter) {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  const rows = await select(
    db,
    Prisma.sql`(${text} = '' OR u.name ILIKE ${pattern} OR u.email ILIKE ${pattern} OR u.id::text = ${text})
      AND (${role} = '' OR u.role::text = ${role})`,
    Prisma.sql`LIMIT ${PAGE_ROWS + 1} OFFSET ${page * PAGE_ROWS}`,
  );
  return { users: rows.slice(0, PAGE_ROWS), more: rows.length > PAGE_ROWS };
}

/** One account; null if there is none with this id. */
export const readUser = async (db: PrismaClient, id: number): Promise<UserRow | null> =>
  (await select(db, Prisma.sql`u.id = ${id}`, Prisma.empty))[0] ?? null;

const select = (db: PrismaClient, where: Prisma.Sql, limit: Prisma.Sql) =>
  db.$queryRaw<UserRow[]>`
    SELECT u.id, u.name, u.email, u.role::text AS role, u."disabledAt",
      s."seenAt", COALESCE(s.sessions, 0)::int AS sessions,
      EXISTS (SELECT FROM "SecondFactor" f WHERE f."userId" = u.id AND f."confirmedAt" IS NOT NULL) AS "secondFactor"
    FROM "User" u
    LEFT JOIN LATERAL (
      SELECT max("usedAt") AS "seenAt", count(*) AS sessions FROM "Session"
      WHERE "userId" = u.id AND "expiresAt" > now()) s ON true
    WHERE ${where}
    ORDER BY u.role IN ('OPS', 'AUDITOR') DESC, u.name, u.id ${limit}`;
