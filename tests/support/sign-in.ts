import { createHash, randomBytes } from "node:crypto";
import { createCookie } from "@remix-run/node";
import type pg from "pg";
import { SESSION_COOKIE } from "../../app/auth/cookies";

/** Opens a session for an existing account, whose cookie `secret` signs. Returns its Cookie header. */
export async function signIn(pool: pg.Pool, email: string, secret: string): Promise<string> {
  const id = randomBytes(16).toString("base64url");
  const { rowCount } = await pool.query(
    `INSERT INTO "Session" (id, "userId", data, "expiresAt")
     SELECT $1, id, jsonb_build_object('userId', id), now() + interval '1 day' FROM "User" WHERE email = $2`,
    [createHash("sha256").update(id).digest("base64url"), email],
  );
  if (rowCount !== 1) throw new Error(`no account has the address ${email}`);
  const header = await createCookie(SESSION_COOKIE, { secrets: [secret] }).serialize(id);
  return header.split(";")[0] ?? "";
}
