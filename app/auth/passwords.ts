import { hash, type Options, verify } from "@node-rs/argon2";

/** Argon2id with OWASP's parameters: 19 MiB, two passes, one lane (about 20 ms a log-in). */
const parameters: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Longer passwords are refused before any hashing: nobody types them, and hashing them is work an attacker chooses. */
const MAX_LENGTH = 512;

let decoy: Promise<string> | undefined;

/** Hashes a password for `User.passwordHash`; the salt and the parameters are part of the result. */
export function hashPassword(password: string): Promise<string> {
  if (password.length === 0 || password.length > MAX_LENGTH)
    throw new RangeError(`A password has 1 to ${MAX_LENGTH} characters.`);
  return hash(password, parameters);
}

/**
 * Whether the password belongs to the hash. Pass `null` for a user who does not exist: the answer is then always no, and
 * takes as long as a wrong password does, so that nobody learns from the clock who has an account.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (password.length > MAX_LENGTH) return false;
  decoy ??= hash("nobody has this password", parameters);
  const matches = await verify(passwordHash ?? (await decoy), password);
  return matches && passwordHash !== null;
}
