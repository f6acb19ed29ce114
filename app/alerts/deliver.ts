import type pg from "pg";
import { withTimeout } from "~/tracker/timeout";
import type { PrismaClient } from "../../prisma/client/client";
import type { ChannelSecrets } from "./channel-secrets";
import { postWebhook, sign } from "./post-webhook";
import { findDestination, type Lookup } from "./webhook-address";

/** A receiver must answer within this time, ms, name look-up included. */
export const TIMEOUT_MS = 5000;
/** The pause after the first failure, ms; it doubles with each failure up to the longest. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** After this time, ms, another process may retry a delivery that was claimed: the process that claimed it may have died. */
const LEASE_MS = 60_000;
/** How many deliveries are attempted at once. */
const BATCH_SIZE = 5;

export interface DeliverySources {
  db: PrismaClient;
  /** For what is polled: see `claim`. */
  pool: Pick<pg.Pool, "query">;
  allowPrivate: boolean;
  secrets: ChannelSecrets;
  /** For tests. */
  lookup?: Lookup;
  onFailure(about: { delivery: string; channel: string; error: string; nextAt: Date }): void;
}

/** The pause after the nth failed attempt, ms: 10 s, 20 s, 40 s … an hour. */
export const pauseAfter = (attempts: number) =>
  Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1), LONGEST_PAUSE_MS);

interface ClaimedDelivery {
  id: number;
  attempts: number;
  body: unknown;
  url: string;
  secret: string | null;
  kind: string;
  name: string;
}

/**
 * Sends the deliveries that are due, a few at a time, and logs each attempt. Several processes may do so at once: each claims
 * different rows. A delivery is retried until its receiver answers 2xx. If a process dies during one, it is sent again, so a
 * receiver may get it twice, with the same `X-Tidemark-Delivery`. @returns how many were attempted. Rejects when Postgres does
 * not answer.
 */
export async function deliverDue(sources: DeliverySources, now: Date): Promise<number> {
  const { rows: claimed } = await claim(sources.pool, now);
  await Promise.all(claimed.map((delivery) => attempt(sources, delivery, now)));
  return claimed.length;
}

/**
 * Claims due deliveries, in order within an alert and a channel, so that "resolved" never arrives before "firing". Every process
 * does so every two seconds: past Prisma, as everything that is polled.
 */
const claim = (pool: DeliverySources["pool"], now: Date) =>
  pool.query<ClaimedDelivery>({
    name: "claim-deliveries",
    text: CLAIM,
    values: [now, new Date(now.getTime() + LEASE_MS)],
  });

const CLAIM = `
  UPDATE "Delivery" d SET attempts = attempts + 1, "nextAt" = $2
  FROM "AlertChannel" c
  WHERE c.id = d."channelId" AND d.id IN (
    SELECT w.id FROM "Delivery" w
    WHERE w."deliveredAt" IS NULL AND w."givenUpAt" IS NULL AND w."nextAt" <= $1
      AND NOT EXISTS (SELECT FROM "Delivery" e WHERE e."channelId" = w."channelId" AND e."alertId" = w."alertId"
        AND e.id < w.id AND e."deliveredAt" IS NULL AND e."givenUpAt" IS NULL)
    ORDER BY w."nextAt" LIMIT ${BATCH_SIZE} FOR UPDATE SKIP LOCKED)
  RETURNING d.id, d.attempts, d.body, c.url, c.secret, c.kind, c.name`;

async function attempt(sources: DeliverySources, delivery: ClaimedDelivery, now: Date) {
  const startedAt = Date.now();
  const { status, error } = await send(sources, delivery, now);
  const delivered = status !== null && status >= 200 && status < 300;
  const nextAt = new Date(now.getTime() + pauseAfter(delivery.attempts));
  await sources.db.$transaction([
    sources.db.delivery.update({
      where: { id: delivery.id },
      // The real time of arrival; everything else uses the caller's clock.
      data: delivered ? { deliveredAt: new Date(Math.max(now.getTime(), Date.now())) } : { nextAt },
    }),
    sources.db.deliveryAttempt.create({
      data: { deliveryId: delivery.id, at: now, status, ms: Date.now() - startedAt, error },
    }),
  ]);
  if (!delivered)
    sources.onFailure({
      delivery: String(delivery.id),
      channel: delivery.name,
      error: error ?? `status ${status}`,
      nextAt,
    });
}

async function send(
  { allowPrivate, secrets, lookup }: DeliverySources,
  delivery: ClaimedDelivery,
  now: Date,
) {
  const body = JSON.stringify(delivery.body);
  const timestamp = Math.floor(now.getTime() / 1000);
  const headers: Record<string, string> = { "X-Tidemark-Delivery": String(delivery.id) };
  try {
    // What another SESSION_SECRET sealed cannot be opened: an operator then sees that in the log of deliveries.
    const url = secrets.open(delivery.url);
    if (delivery.secret) {
      headers["X-Tidemark-Timestamp"] = String(timestamp);
      headers["X-Tidemark-Signature"] = sign(secrets.open(delivery.secret), timestamp, body);
    }
    // Checked for every attempt: the name may have moved into a private network since the channel was saved.
    const destination = await withTimeout(TIMEOUT_MS, findDestination(url, { allowPrivate, lookup }));
    const status = await postWebhook(destination, body, headers, TIMEOUT_MS);
    const redirect = status >= 300 && status < 400;
    return { status, error: redirect ? "it redirects; redirects are not followed" : null };
  } catch (error) {
    return { status: null, error: (error as Error).message };
  }
}
