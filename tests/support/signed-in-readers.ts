import { createHash, randomBytes } from "node:crypto";
import { createCookie } from "@remix-run/node";
import type pg from "pg";
import { SESSION_COOKIE } from "../../app/auth/cookies";

/** Creates an account and a session for each of these readers, whose cookies `secret` signs. Returns their Cookie headers. */
export async function signInReaders(
  pool: pg.Pool,
  name: string,
  readers: number[],
  secret: string,
): Promise<Map<number, string>> {
  const cookie = createCookie(SESSION_COOKIE, { secrets: [secret] });
  const ids = readers.map(() => randomBytes(16).toString("base64url"));
  await pool.query(
    `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[]) AS g(email, session)),
     account AS (
       INSERT INTO "User" (email, name, "passwordHash") SELECT email, 'Reader', 'x' FROM given RETURNING id, email
     )
     INSERT INTO "Session" (id, "userId", data, "expiresAt")
     SELECT session, id, jsonb_build_object('userId', id), now() + interval '1 day' FROM account JOIN given USING (email)`,
    [
      readers.map((reader) => `${name}-${reader}@example.test`),
      ids.map((id) => createHash("sha256").update(id).digest("base64url")),
    ],
  );
  const headers = await Promise.all(ids.map((id) => cookie.serialize(id)));
  return new Map(readers.map((reader, i) => [reader, headers[i]?.split(";")[0] ?? ""]));
}
