import type { Response } from "express";
import { isOffline, isWrongServer } from "../app/platform/redis";

/** The board answers within this time, ms, whatever Redis does. */
const ANSWER_MS = 2500;

/** What the board's API says while Redis does not answer, in the shape of bull-board's own errors. */
export const UNREACHABLE = {
  error: "Redis is unreachable",
  message:
    "The queues are in Redis, so there is nothing newer to show until it answers. Meanwhile views are counted in the database, and nothing is lost.",
};
const LATE_CHANGE = {
  error: "Redis is unreachable",
  message:
    "Redis did not answer in time, so it is not known whether this was done. Look at the job before you try again.",
};

/** Answers 503. */
export function refuseUnreachable(response: Response, body: typeof UNREACHABLE): void {
  response.status(503).json(body);
}

/** Bull-board's answer to an error: 503 when Redis went away while it was being asked, otherwise 500. */
export function boardError(error: Error) {
  const gone = isOffline(error) || isWrongServer(error);
  return {
    // Its types do not know 503.
    status: (gone ? 503 : 500) as 500,
    body: gone ? UNREACHABLE : { error: "The board failed", message: error.message },
  };
}

/** Answers 503 if the board does not answer in time. Anything that it still sends later is dropped. */
export function answerInTime(response: Response, reading: boolean): void {
  const timer = setTimeout(() => {
    if (response.headersSent) return;
    refuseUnreachable(response, reading ? UNREACHABLE : LATE_CHANGE);
    const drop = () => response;
    Object.assign(response, { status: drop, set: drop, send: drop, json: drop, render: drop });
  }, ANSWER_MS);
  response.once("close", () => clearTimeout(timer));
}
