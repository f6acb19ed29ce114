import { every } from "~/platform/every";
import type { Logger } from "~/platform/logger";
import { type DeliverySources, deliverDue } from "./deliver";
import type { DrillFollower } from "./drills/follow-drill";
import { recordDrills } from "./drills/record-drills";
import { EVALUATE_EVERY_MS, type EvaluationSources, evaluate } from "./evaluate";

const DELIVER_EVERY_MS = 2000;
const POLL_DRILLS_EVERY_MS = 1000;

/**
 * Starts the three loops of alerting: rules, notifications and drills. Every process runs them, web and worker alike, and Postgres
 * decides which process does what, so alerting works for as long as one process lives, with or without Redis. @returns a
 * function that stops the loops and waits for work in progress.
 */
export function startAlerting(options: {
  evaluation: EvaluationSources;
  delivery: Omit<DeliverySources, "onFailure">;
  drills: DrillFollower;
  log: Logger;
  /** Called when a loop's work fails; should log at a limited rate. */
  onError(what: string, error: Error): void;
}): () => Promise<void> {
  const { evaluation, drills, log, onError } = options;
  const delivery: DeliverySources = {
    ...options.delivery,
    onFailure: (about) => log.warn(about, "a notification was not delivered and will be retried"),
  };
  const evaluateRules = async () => {
    if ((await evaluate(evaluation, new Date())) === "evaluated") await recordDrills(evaluation.db);
  };
  const deliver = async () => {
    await deliverDue(delivery, new Date());
  };
  const stops = [
    every(EVALUATE_EVERY_MS, evaluateRules, (error) => onError("alert rules", error)),
    every(DELIVER_EVERY_MS, deliver, (error) => onError("notifications", error)),
    every(POLL_DRILLS_EVERY_MS, drills.poll, (error) => onError("drills", error)),
  ];
  return async () => {
    drills.stop();
    await Promise.all(stops.map((stop) => stop()));
  };
}
