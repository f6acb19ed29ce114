import type pg from "pg";
import type { PrismaClient } from "../../prisma/client/client";
import type { Answer } from "./channel-kinds/channel-kind";
import { type SealedChannel, type SendSources, send } from "./send";

/** The pause after the first failure, ms; it doubles with each failure up to the longest. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** After this time, ms, another process may retry a delivery that was claimed: the process that claimed it may have died. */
export const LEASE_MS = 60_000;
/** How many deliveries are attempted at once. */
const BATCH_SIZE = 5;

export interface DeliverySources extends SendSources {
  db: PrismaClient;
  /** For what is polled: see `claim`. */
  pool: Pick<pg.Pool, "query">;
  onFailure(about: { delivery: string; channel: string; error: string; nextAt: Date }): void;
}

/** The pause after the nth failed attempt, ms: 10 s, 20 s, 40 s … an hour. */
export const pauseAfter = (attempts: number) =>
  Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1), LONGEST_PAUSE_MS);

/** A delivery that no other process touches until its lease ends. */
export interface ClaimedDelivery extends SealedChannel {
  id: bigint | number;
  attempts: number;
  body: unknown;
  name: string;
}

/**
 * Sends the deliveries that are due, a few at a time, and logs each attempt. Several processes may do so at once: each claims
 * different rows. A delivery is retried until its receiver answers 2xx. If a process dies during one, it is sent again, so a
 * receiver may get it twice, with the same id (`X-Tidemark-Delivery`, Message-ID). @returns how many were attempted. Rejects when Postgres does
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

/** Sends a claimed delivery once, and logs it. On failure it is due again after a pause, or later if the receiver asks for that. */
export async function attempt(
  sources: Omit<DeliverySources, "pool">,
  delivery: ClaimedDelivery,
  now: Date,
): Promise<Answer> {
  const startedAt = Date.now();
  const { id, body } = delivery;
  const answer = await send(sources, delivery, { id: String(id), body, now });
  const { delivered, status, error, retryAfterMs = 0 } = answer;
  const nextAt = new Date(now.getTime() + Math.max(pauseAfter(delivery.attempts), retryAfterMs));
  await sources.db.$transaction([
    sources.db.delivery.update({
      where: { id },
      // The real time of arrival; everything else uses the caller's clock.
      data: delivered ? { deliveredAt: new Date(Math.max(now.getTime(), Date.now())) } : { nextAt },
    }),
    sources.db.deliveryAttempt.create({
      data: { deliveryId: id, at: now, status, ms: Date.now() - startedAt, error },
    }),
  ]);
  if (!delivered)
    sources.onFailure({
      delivery: String(id),
      channel: delivery.name,
      error: error ?? `status ${status}`,
      nextAt,
    });
  return answer;
}
