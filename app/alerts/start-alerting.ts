import type { Logger } from "~/platform/logger";
import { type DeliverySources, deliverDue } from "./deliver";
import type { DrillFollower } from "./drills/follow-drill";
import { recordDrills } from "./drills/record-drills";
import { evaluate, ROUND_MS, type RoundSources } from "./evaluate";

const DELIVER_EVERY_MS = 2000;
const DRILL_EVERY_MS = 1000;

/**
 * Every process runs these three loops, web and worker alike: rules, notifications, drills. Postgres alone decides which of them
 * does what, so the loops go on for as long as one process lives, with Redis or without. @returns what stops them.
 */
export function startAlerting(options: {
  round: RoundSources;
  delivery: Omit<DeliverySources, "onFailure">;
  drills: DrillFollower;
  log: Logger;
  /** Logs a failure of a loop, not too often. */
  onError(what: string, error: Error): void;
}): () => Promise<void> {
  const { log, onError, drills } = options;
  const delivery: DeliverySources = {
    ...options.delivery,
    onFailure: (about) => log.warn(about, "a notification was not delivered, and is tried again"),
  };
  const stops = [
    loop(
      ROUND_MS,
      async () => {
        if ((await evaluate(options.round, new Date())) === "evaluated") await recordDrills(options.round.db);
      },
      (error) => onError("alert rules", error),
    ),
    loop(
      DELIVER_EVERY_MS,
      async () => {
        await deliverDue(delivery, new Date());
      },
      (error) => onError("notifications", error),
    ),
    loop(
      DRILL_EVERY_MS,
      () => drills.look(),
      (error) => onError("drills", error),
    ),
  ];
  return async () => {
    drills.stop();
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** Runs `work` every `ms`, one at a time; the first time after one interval. */
function loop(ms: number, work: () => Promise<void>, onError: (error: Error) => void) {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => {
        running = null;
      });
  }, ms);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
