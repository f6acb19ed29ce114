import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header has the token. It compares digests, which all have the same length, so that the time it takes reveals nothing. */
export function hasBearerToken(authorization: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const given = /^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token));
}
