import type { Request, Response } from "express";
import { type Actor, type AuditAction, writeAudit } from "../app/platform/audit";
import type { Logger } from "../app/platform/logger";
import { SYNC_QUEUE } from "../app/platform/queue";
import type { PrismaClient } from "../prisma/client/client";

/** A change that the board may make. */
export interface BoardChange {
  /** Of the audit event: `queues.retry`. */
  action: AuditAction;
  target: string;
}

/**
 * All that the board may change: jobs, one at a time or all failed ones. What would stop or alter the schedule is missing on purpose:
 * the Sync page pauses, runs and sets the interval, with an end and an audit event that says what changed.
 */
const ALLOWED: readonly [
  method: string,
  path: RegExp,
  verb: "retry" | "promote" | "clean",
  what: (job: string) => string,
][] = [
  ["PUT", jobPath("retry"), "retry", (job) => `job ${job}`],
  ["PUT", jobPath("promote"), "promote", (job) => `job ${job}`],
  ["PUT", jobPath("clean"), "clean", (job) => `job ${job}`],
  ["PUT", queuePath("retry/failed"), "retry", () => "all failed jobs"],
  ["PUT", queuePath("clean/failed"), "clean", () => "all failed jobs"],
  ["PUT", queuePath("clean/completed"), "clean", () => "all completed jobs"],
];

/** BullMQ's ids of our jobs: UUIDs, numbers, `repeat:sync:<ms>`, `pause-ended-<ms>`. */
function jobPath(verb: string) {
  return new RegExp(`^/api/queues/${SYNC_QUEUE}/([\\w:-]{1,100})/${verb}$`);
}

function queuePath(verb: string) {
  return new RegExp(`^/api/queues/${SYNC_QUEUE}/${verb}$`);
}

/** The change that a request asks for; null when the board may not make it. Other spellings of an allowed path are refused too. */
export function findChange(method: string, path: string): BoardChange | null {
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return null;
  }
  for (const [allowed, pattern, verb, what] of ALLOWED) {
    const match = allowed === method && pattern.exec(plain);
    if (match) return { action: `queues.${verb}`, target: what(match[1] ?? "") };
  }
  return null;
}

const SHORTEST_REASON = 3;
const LONGEST_REASON = 500;

/** The reason for a change, in the header `X-Reason` as encoded by encodeURIComponent; null when it is missing or too short. */
export function readReason(request: Request): string | null {
  try {
    const reason = decodeURIComponent(request.get("X-Reason") ?? "")
      .replaceAll("\0", "")
      .trim()
      .slice(0, LONGEST_REASON);
    return reason.length >= SHORTEST_REASON ? reason : null;
  } catch {
    return null;
  }
}

/**
 * Audits a change twice: that it was asked for, before it is made, and how it ended. So a change that fails, or during which the
 * process ends, leaves a trace. Rejects when the first event cannot be written; the change must not be made then.
 */
export async function auditChange(
  parts: { db: PrismaClient; log: Pick<Logger, "error"> },
  actor: Actor,
  { request, response }: { request: Request; response: Response },
  { action, target }: BoardChange,
  reason: string,
): Promise<void> {
  const sent = request.body as unknown;
  const body = sent && Object.keys(sent).length > 0 ? JSON.stringify(sent) : undefined;
  const asked = { request: `${request.method} ${request.path}`, ...(body && { body }) };
  await writeAudit(parts.db, actor, { action, target, reason, after: { ...asked, outcome: "requested" } });
  response.once("close", () => {
    const { statusCode, writableFinished } = response;
    const outcome = !writableFinished
      ? "unknown: the connection ended"
      : statusCode < 400
        ? "done"
        : "failed";
    writeAudit(parts.db, actor, {
      action,
      target,
      reason,
      after: { ...asked, outcome, status: statusCode },
    }).catch((error: Error) =>
      parts.log.error(
        { error: error.message, action, target, outcome },
        "how a change on the queue board ended could not be audited",
      ),
    );
  });
}
