import { createHmac, hkdfSync } from "node:crypto";
import { LRUCache } from "lru-cache";
import type pg from "pg";
import { homeBlock } from "../platform/address-block";

/** How many tries may fail, and how the wait after the next ones grows. Times in seconds. */
interface Limit {
  /** Failures without a wait. */
  free: number;
  /** The wait after the last free failure; it doubles with each further one. */
  firstWait: number;
  /** No wait is longer: a limit slows guessing down, but locks no one out. */
  longestWait: number;
  /** After this long without a failure, they are forgotten. */
  forgetAfter: number;
}

const MINUTE = 60;

/** Whose failures are counted. */
export const LIMITS = {
  /** An IPv4 address, or a /56 of IPv6: a single home can have that many. A school shares one. */
  address: { free: 10, firstWait: MINUTE, longestWait: 15 * MINUTE, forgetAfter: 30 * MINUTE },
  /** An e-mail address, whether or not it has an account, from all addresses together. */
  account: { free: 5, firstWait: 2, longestWait: MINUTE, forgetAfter: 60 * MINUTE },
  /** A browser that has logged in to the account before: what strangers do elsewhere does not keep it waiting. */
  browser: { free: 5, firstWait: 2, longestWait: 15 * MINUTE, forgetAfter: 60 * MINUTE },
  /** Codes for one account. Their sender knows its password, and a million codes are few. */
  code: { free: 5, firstWait: 5, longestWait: 5 * MINUTE, forgetAfter: 12 * 60 * MINUTE },
} satisfies Record<string, Limit>;

/** One who tries: by which limit, and which address, e-mail address, browser or account. */
export interface Trier {
  limit: keyof typeof LIMITS;
  name: string;
}

export type Try =
  /** Counted as a failure until it is taken back. */
  | { admitted: true; takeBack(): Promise<void>; forget(): Promise<void> }
  | { admitted: false; limit: Trier["limit"]; waitSeconds: number };

export interface LogInTries {
  /**
   * Counts a try of all of these, before the password or code is checked, so that tries at the same time cannot pass a limit
   * together. If one of them must wait, nothing is counted. Rejects when Postgres does not answer: a try that is not counted is
   * not admitted.
   */
  begin(triers: readonly Trier[]): Promise<Try>;
  /** Seconds until a trier may try again, if this process has just refused them; otherwise 0. Asks nothing. */
  remembers(trier: Trier): number;
}

/** A trier who must wait is refused without asking Postgres for this long, ms: a flood of log-ins then costs no connection. */
const REMEMBER_MS = 5000;
const MAX_REMEMBERED = 10_000;

/** The failures of a trier, this one included. */
const TRIES = `CASE WHEN t."forgetAt" > clock_timestamp() THEN t.tries + 1 ELSE 1 END`;
const waitAfter = (tries: string) =>
  `make_interval(secs => CASE WHEN ${tries} < $2 THEN 0 ELSE least($4, $3 * 2 ^ least(${tries} - $2, 20)) END)`;

/**
 * Counts tries in Postgres, where the accounts and the sessions are, so that all web processes count together. It stores hashes
 * under a key of `secret`: a dump of the table shows no address.
 */
export function createLogInTries(pool: pg.Pool, secret: string): LogInTries {
  const key = Buffer.from(hkdfSync("sha256", secret, "tidemark", "log-in tries", 32));
  /** Until when each must wait, by `performance.now()`. */
  const waiting = new LRUCache<string, number>({ max: MAX_REMEMBERED, ttl: REMEMBER_MS });

  const hashOf = ({ limit, name }: Trier) =>
    createHmac("sha256", key)
      .update(`${limit} ${limit === "address" ? homeBlock(name) : name}`)
      .digest();

  const remembered = (who: Buffer) =>
    Math.max(0, ((waiting.get(who.toString("base64")) ?? 0) - performance.now()) / 1000);

  /** @returns 0 if the try is admitted, or the seconds until one is. */
  async function add(trier: Trier, who: Buffer): Promise<number> {
    if (remembered(who) > 0) return remembered(who);
    const { free, firstWait, longestWait, forgetAfter } = LIMITS[trier.limit];
    const { rowCount } = await pool.query(
      `INSERT INTO "LogInTry" AS t (who, tries, "openAt", "forgetAt")
       VALUES ($1, 1, clock_timestamp() + ${waitAfter("1")}, clock_timestamp() + make_interval(secs => $5))
       ON CONFLICT (who) DO UPDATE SET
         tries = ${TRIES}, "openAt" = clock_timestamp() + ${waitAfter(`(${TRIES})`)}, "forgetAt" = EXCLUDED."forgetAt"
       WHERE t."openAt" <= clock_timestamp()`,
      [who, free, firstWait, longestWait, forgetAfter],
    );
    if (rowCount === 1) return 0;
    // By the clock of Postgres alone: this process's may differ.
    const { rows } = await pool.query<{ seconds: number }>(
      `SELECT extract(epoch FROM "openAt" - clock_timestamp())::float8 AS seconds FROM "LogInTry" WHERE who = $1`,
      [who],
    );
    const seconds = Math.max(1, rows[0]?.seconds ?? 1);
    waiting.set(who.toString("base64"), performance.now() + seconds * 1000);
    return seconds;
  }

  const takeBack = (counted: readonly Buffer[]) =>
    change(
      counted,
      `UPDATE "LogInTry" SET tries = tries - 1, "openAt" = clock_timestamp() WHERE who = ANY($1) AND tries > 0`,
    );
  const forget = (counted: readonly Buffer[]) =>
    change(counted, `DELETE FROM "LogInTry" WHERE who = ANY($1)`);

  async function change(counted: readonly Buffer[], statement: string) {
    await pool.query(statement, [counted]);
    for (const who of counted) waiting.delete(who.toString("base64"));
  }

  return {
    remembers: (trier) => Math.ceil(remembered(hashOf(trier))),

    async begin(triers) {
      const counted: Buffer[] = [];
      for (const trier of triers) {
        const who = hashOf(trier);
        const seconds = await add(trier, who);
        if (seconds > 0) {
          if (counted.length > 0) await takeBack(counted);
          return { admitted: false, limit: trier.limit, waitSeconds: Math.ceil(seconds) };
        }
        counted.push(who);
      }
      // An address is shared: the right password of one account says nothing about the others that were tried from it.
      const own = counted.filter((_, place) => triers[place]?.limit !== "address");
      return {
        admitted: true,
        takeBack: () => takeBack(counted),
        async forget() {
          await takeBack(counted);
          await forget(own);
        },
      };
    },
  };
}

/** Deletes the counts of those who have not failed for long enough. */
export async function forgetLogInTries(pool: pg.Pool): Promise<void> {
  await pool.query(`DELETE FROM "LogInTry" WHERE "forgetAt" < now()`);
}
