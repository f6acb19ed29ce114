import { createHash, randomBytes } from "node:crypto";
import { createCookie } from "@remix-run/node";
import type pg from "pg";
import { SESSION_COOKIE } from "../../app/auth/sessions";

/** The secret that signs the cookies of the cluster's web processes. */
export const SESSION_SECRET = "a secret of the fault harness";

/** Creates an account and a session for each of these readers. Returns their Cookie headers. */
export async function signInReaders(
  pool: pg.Pool,
  name: string,
  readers: number[],
): Promise<Map<number, string>> {
  const cookie = createCookie(SESSION_COOKIE, { secrets: [SESSION_SECRET] });
  const headers = new Map<number, string>();
  for (const reader of readers) {
    const id = randomBytes(16).toString("base64url");
    await pool.query(
      `WITH account AS (
         INSERT INTO "User" (email, name, "passwordHash") VALUES ($1, 'Reader', 'x') RETURNING id
       )
       INSERT INTO "Session" (id, "userId", data, "expiresAt")
       SELECT $2, id, jsonb_build_object('userId', id), now() + interval '1 day' FROM account`,
      [`${name}-${reader}@example.test`, createHash("sha256").update(id).digest("base64url")],
    );
    headers.set(reader, (await cookie.serialize(id)).split(";")[0] ?? "");
  }
  return headers;
}
