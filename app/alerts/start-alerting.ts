import { every } from "~/platform/every";
import type { Logger } from "~/platform/logger";
import { type DeliverySources, deliverDue } from "./deliver";
import type { DrillFollower } from "./drills/follow-drill";
import { recordDrills } from "./drills/record-drills";
import { type EvaluationSources, evaluate } from "./evaluate";
import { pollEvaluationDue } from "./evaluation-due";
import { followUp } from "./follow-up";
import { type HeartbeatSources, sendHeartbeat } from "./heartbeat";
import {
  type PostgresWatchSources,
  WATCH_POSTGRES_EVERY_MS,
  watchPostgres,
} from "./postgres-away/watch-postgres";
import { watchEvaluation } from "./watch-evaluation";

const DELIVER_EVERY_MS = 2000;
const POLL_DRILLS_EVERY_MS = 1000;
/** How often a process asks whether an evaluation is due, ms: an alert fires and resolves at most this much late. */
const POLL_EVALUATION_EVERY_MS = 1000;
const WATCH_EVERY_MS = 15_000;
/** Whether a heartbeat is due is asked this often, ms; Postgres lets one process send it. */
const POLL_HEARTBEAT_EVERY_MS = 5000;

/**
 * Starts the loops of alerting: rules, the watch over them, notifications, drills and the heartbeat. Every process runs them, web and
 * worker alike, and Postgres decides which process does what, so alerting works for as long as one process lives, with or without Redis.
 * Web processes also watch Postgres itself. @returns a function that stops the loops and waits for work in progress.
 */
export function startAlerting(options: {
  evaluation: EvaluationSources;
  delivery: Omit<DeliverySources, "onFailure">;
  drills: DrillFollower;
  /** Null where no service outside expects one. */
  heartbeat: Omit<HeartbeatSources, "onFailure"> | null;
  /** Null in the worker. */
  postgresWatch: Omit<PostgresWatchSources, "onTold"> | null;
  /** Counts evaluations and deliveries. */
  work: {
    evaluated(outcome: "done" | "failed"): void;
    delivered(delivered: number, failed: number): void;
  };
  log: Logger;
  /** Called when a loop's work fails; should log at a limited rate. */
  onError(what: string, error: Error): void;
}): () => Promise<void> {
  const { evaluation, drills, work, log, onError } = options;
  let failed = 0;
  const delivery: DeliverySources = {
    ...options.delivery,
    onFailure(about) {
      failed += 1;
      log.warn(about, "a notification was not delivered and will be retried");
    },
  };
  const evaluateRules = async () => {
    const now = new Date();
    if (!(await pollEvaluationDue(delivery.pool, now))) return;
    if ((await evaluate(evaluation, now)) !== "evaluated") return;
    work.evaluated("done");
    await recordDrills(evaluation.db);
    await followUp(evaluation.db, evaluation.publicUrl, new Date());
  };
  const watch = async () => {
    await watchEvaluation(evaluation, new Date());
  };
  const deliver = async () => {
    failed = 0;
    const attempted = await deliverDue(delivery, new Date());
    if (attempted > 0) work.delivered(attempted - failed, failed);
  };
  const heartbeat = options.heartbeat && {
    ...options.heartbeat,
    onFailure: (about: object) => log.warn(about, "the heartbeat was not accepted"),
  };
  const postgresWatch =
    options.postgresWatch &&
    watchPostgres({
      ...options.postgresWatch,
      onTold: (about) =>
        log.warn(about, "Postgres is away, and this process told a channel itself, or tried to"),
    });
  const stops = [
    every(POLL_EVALUATION_EVERY_MS, evaluateRules, (error) => {
      work.evaluated("failed");
      onError("alert rules", error);
    }),
    every(WATCH_EVERY_MS, watch, (error) => onError("the watch over alert rules", error)),
    every(DELIVER_EVERY_MS, deliver, (error) => onError("notifications", error)),
    every(POLL_DRILLS_EVERY_MS, drills.poll, (error) => onError("drills", error)),
    ...(heartbeat
      ? [
          every(
            POLL_HEARTBEAT_EVERY_MS,
            async () => void (await sendHeartbeat(heartbeat, new Date())),
            (error) => onError("heartbeat", error),
          ),
        ]
      : []),
    ...(postgresWatch
      ? [
          every(
            WATCH_POSTGRES_EVERY_MS,
            () => postgresWatch.poll(new Date()),
            (error) => onError("watch over Postgres", error),
          ),
        ]
      : []),
  ];
  return async () => {
    drills.stop();
    await Promise.all(stops.map((stop) => stop()));
  };
}
