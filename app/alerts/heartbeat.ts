import type pg from "pg";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { withTimeout } from "~/tracker/timeout";
import { request } from "./post-webhook";
import { findDestination, type Lookup } from "./webhook-address";

/** The service must answer within this time, ms. */
const TIMEOUT_MS = 10_000;
/** The rules are evaluated every 15 s; after this long without, seconds, alerting has stopped. */
const EVALUATED_WITHIN_SECONDS = 60;

export interface HeartbeatSources {
  pool: Pick<pg.Pool, "query">;
  /** HEARTBEAT_URL: given by the deployment, so it may be in a private network. Its path is a secret. */
  url: string;
  everySeconds: number;
  /** For tests. */
  lookup?: Lookup;
  onFailure(about: { host: string; error: string }): void;
}

export type HeartbeatOutcome = "not due" | "accepted" | "failed" | "withheld";

/**
 * Sends a heartbeat to a service outside, which raises the alarm when heartbeats stop: the only alarm that needs nothing of ours. It is
 * sent only while alerting works: the rules were evaluated lately and a worker reports. All processes try and Postgres lets one of them,
 * so heartbeats also stop when Postgres is away. Rejects when Postgres does not answer.
 */
export async function sendHeartbeat(sources: HeartbeatSources, now: Date): Promise<HeartbeatOutcome> {
  const { pool, url, everySeconds, lookup, onFailure } = sources;
  const { rows } = await pool.query<{ evaluated: boolean; worker: boolean }>({
    name: "claim-heartbeat",
    text: CLAIM,
    values: [now, everySeconds, EVALUATED_WITHIN_SECONDS, SILENT_AFTER_SECONDS],
  });
  const [claimed] = rows;
  if (!claimed) return "not due";
  const withheld = whyWithheld(claimed);
  if (withheld) {
    await pool.query(`UPDATE "Heartbeat" SET "withheldAt" = $1, "withheldReason" = $2 WHERE id = 1`, [
      now,
      withheld,
    ]);
    return "withheld";
  }
  const error = await send(url, lookup);
  if (error === null) {
    await pool.query(`UPDATE "Heartbeat" SET "acceptedAt" = $1, error = NULL WHERE id = 1`, [now]);
    return "accepted";
  }
  await pool.query(`UPDATE "Heartbeat" SET "failedAt" = $1, error = $2 WHERE id = 1`, [now, error]);
  onFailure({ host: new URL(url).host, error });
  return "failed";
}

/** Moves the next heartbeat on, if it is due, and says whether alerting works. A process that dies with it costs one heartbeat. */
const CLAIM = `
  WITH claimed AS (
    INSERT INTO "Heartbeat" (id, "nextAt") VALUES (1, $1::timestamptz + make_interval(secs => $2))
    ON CONFLICT (id) DO UPDATE SET "nextAt" = excluded."nextAt" WHERE "Heartbeat"."nextAt" <= $1
    RETURNING id)
  SELECT
    EXISTS (SELECT FROM "AlertRound" WHERE at > $1::timestamptz - make_interval(secs => $3)) AS evaluated,
    EXISTS (SELECT FROM "ProcessState" WHERE role = 'worker'
      AND "seenAt" > $1::timestamptz - make_interval(secs => $4)) AS worker
  FROM claimed`;

const whyWithheld = ({ evaluated, worker }: { evaluated: boolean; worker: boolean }) =>
  !evaluated
    ? "The alert rules have not been evaluated in the last minute."
    : !worker
      ? `No worker has reported in the last ${SILENT_AFTER_SECONDS} seconds.`
      : null;

/** Null when it was accepted, else the reason. */
async function send(url: string, lookup: Lookup | undefined): Promise<string | null> {
  try {
    const destination = await withTimeout(TIMEOUT_MS, findDestination(url, { allowPrivate: true, lookup }));
    const { status } = await request(destination, { timeoutMs: TIMEOUT_MS });
    return status >= 200 && status < 300 ? null : `status ${status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
