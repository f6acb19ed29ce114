import { withTimeout } from "~/tracker/timeout";
import type { PrismaClient } from "../../prisma/client/client";
import { postWebhook, sign } from "./post-webhook";
import { findDestination, type Lookup } from "./webhook-address";

/** A receiver must answer within this long, ms, name look-up included. */
export const TIMEOUT_MS = 5000;
/** First pause after a failure, doubled each time up to the longest. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** A delivery that a process took is another's after this long, ms: the process may have died with it. */
const LEASE_MS = 60_000;
const AT_ONCE = 5;

export interface DeliverySources {
  db: PrismaClient;
  allowPrivate: boolean;
  /** For tests. */
  lookup?: Lookup;
  onFailure(about: { delivery: string; channel: string; error: string; nextAt: Date }): void;
}

/** Pause after the n-th failed attempt, ms: 10 s, 20 s, 40 s … an hour. */
export const pauseAfter = (attempts: number) =>
  Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1), LONGEST_PAUSE_MS);

interface Taken {
  id: bigint;
  attempts: number;
  body: unknown;
  url: string;
  secret: string | null;
  kind: string;
  name: string;
}

/**
 * Sends what is due, a few at a time, and writes down what came of each. Several processes may do it at once: each takes
 * other rows. A delivery is kept until a receiver said 2xx; one that died with its process is sent again, so receivers may see
 * one twice, with the same `X-Tidemark-Delivery`. @returns how many were tried. Rejects when Postgres does not answer.
 */
export async function deliverDue(sources: DeliverySources, now: Date): Promise<number> {
  const taken = await take(sources.db, now);
  await Promise.all(taken.map((delivery) => attempt(sources, delivery, now)));
  return taken.length;
}

/** Within one alert and channel in order: nobody hears of the end before the begin. */
const take = (db: PrismaClient, now: Date) => db.$queryRaw<Taken[]>`
  UPDATE "Delivery" d SET attempts = attempts + 1, "nextAt" = ${new Date(now.getTime() + LEASE_MS)}
  FROM "AlertChannel" c
  WHERE c.id = d."channelId" AND d.id IN (
    SELECT w.id FROM "Delivery" w
    WHERE w."deliveredAt" IS NULL AND w."givenUpAt" IS NULL AND w."nextAt" <= ${now}
      AND NOT EXISTS (SELECT FROM "Delivery" e WHERE e."channelId" = w."channelId" AND e."alertId" = w."alertId"
        AND e.id < w.id AND e."deliveredAt" IS NULL AND e."givenUpAt" IS NULL)
    ORDER BY w."nextAt" LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
  RETURNING d.id, d.attempts, d.body, c.url, c.secret, c.kind, c.name`;

async function attempt(sources: DeliverySources, delivery: Taken, now: Date) {
  const began = Date.now();
  const { status, error } = await send(sources, delivery, now);
  const done = status !== null && status >= 200 && status < 300;
  const nextAt = new Date(now.getTime() + pauseAfter(delivery.attempts));
  await sources.db.$transaction([
    sources.db.delivery.update({
      where: { id: delivery.id },
      // When it really arrived; the rest follows the clock of the caller.
      data: done ? { deliveredAt: new Date(Math.max(now.getTime(), Date.now())) } : { nextAt },
    }),
    sources.db.deliveryAttempt.create({
      data: { deliveryId: delivery.id, at: now, status, ms: Date.now() - began, error },
    }),
  ]);
  if (!done)
    sources.onFailure({
      delivery: String(delivery.id),
      channel: delivery.name,
      error: error ?? `status ${status}`,
      nextAt,
    });
}

async function send({ allowPrivate, lookup }: DeliverySources, delivery: Taken, now: Date) {
  const body = JSON.stringify(delivery.body);
  const timestamp = Math.floor(now.getTime() / 1000);
  const headers: Record<string, string> = { "X-Tidemark-Delivery": String(delivery.id) };
  if (delivery.secret) {
    headers["X-Tidemark-Timestamp"] = String(timestamp);
    headers["X-Tidemark-Signature"] = sign(delivery.secret, timestamp, body);
  }
  try {
    // Judged anew every time: a name may have moved into a private network since it was saved.
    const destination = await withTimeout(
      TIMEOUT_MS,
      findDestination(delivery.url, { allowPrivate, lookup }),
    );
    const status = await postWebhook(destination, body, headers, TIMEOUT_MS);
    const redirect = status >= 300 && status < 400;
    return { status, error: redirect ? "it redirects, which is not followed" : null };
  } catch (error) {
    return { status: null, error: (error as Error).message };
  }
}
