import { createHash } from "node:crypto";
import { hash, type Options, verify } from "@node-rs/argon2";

/** Argon2id with OWASP's parameters: 19 MiB, two passes, one lane (about 20 ms per log-in). */
const parameters: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Longer passwords are refused without hashing: people do not type them, and an attacker could use them to cause work. */
const MAX_LENGTH = 512;

let decoy: Promise<string> | undefined;

/** Hashes a password for `User.passwordHash`; the salt and the parameters are part of the result. */
export function hashPassword(password: string): Promise<string> {
  if (password.length === 0 || password.length > MAX_LENGTH)
    throw new RangeError(`A password must have 1 to ${MAX_LENGTH} characters.`);
  return hash(password, parameters);
}

/**
 * Whether the password matches the hash. Pass `null` for a user who does not exist: the result is always false, but takes as
 * long as for a wrong password, so that response times do not reveal who has an account.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (password.length > MAX_LENGTH) return false;
  decoy ??= hash("the decoy's password", parameters);
  const matches = await verify(passwordHash ?? (await decoy), password);
  return matches && passwordHash !== null;
}

/** What tells one password's hash from the next, for cookies that a new password must end. It leads back to neither. */
export const printOf = (passwordHash: string) =>
  createHash("sha256").update(passwordHash).digest("base64url").slice(0, 16);
