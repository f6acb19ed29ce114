import { z } from "zod";

/** Why a sync ran, and on whose request (`actorName`). `SyncRun.trigger` and the queue's jobs hold it in the words of `formatTrigger`. */
export type SyncTrigger =
  | { type: "schedule" }
  /** A turn of the schedule that the queue did not deliver, so that the worker ran it without the queue. */
  | { type: "overdue" }
  /** The sync that follows a pause, so that unsynced views do not wait for the next scheduled run. */
  | { type: "pause-ended" }
  | { type: "run-now"; by: string }
  | { type: "retry"; runId: number; by: string }
  /** The sync that empties Redis after an operator moved the counting to the database. */
  | { type: "drain"; by: string }
  /** A job that Tidemark did not add: another program did, or an earlier version's queue board. */
  | { type: "queue-board" };

/** The stored words of a scheduled run. */
export const SCHEDULE_TRIGGER = "schedule";
const OVERDUE_TRIGGER = "schedule, overdue: run without the queue";
/** The stored words of every run that is a turn of the schedule, for queries. */
export const TURN_TRIGGERS = [SCHEDULE_TRIGGER, OVERDUE_TRIGGER];
const PAUSE_ENDED_TRIGGER = "the end of a pause";
const QUEUE_BOARD_TRIGGER = "queue board";

/** Formats a trigger in the words in which it is stored and shown. */
export function formatTrigger(trigger: SyncTrigger): string {
  switch (trigger.type) {
    case "schedule":
      return SCHEDULE_TRIGGER;
    case "overdue":
      return OVERDUE_TRIGGER;
    case "pause-ended":
      return PAUSE_ENDED_TRIGGER;
    case "run-now":
      return `run now by ${trigger.by}`;
    case "retry":
      return `retry of run ${trigger.runId} by ${trigger.by}`;
    case "drain":
      return `drain for the switch by ${trigger.by}`;
    case "queue-board":
      return QUEUE_BOARD_TRIGGER;
  }
}

/** Parses a stored trigger; null for words that no version of Tidemark writes. */
export function parseTrigger(words: string): SyncTrigger | null {
  if (words === SCHEDULE_TRIGGER) return { type: "schedule" };
  if (words === OVERDUE_TRIGGER) return { type: "overdue" };
  if (words === PAUSE_ENDED_TRIGGER) return { type: "pause-ended" };
  if (words === QUEUE_BOARD_TRIGGER) return { type: "queue-board" };
  const retry = /^retry of run (\d+) by (.+)$/s.exec(words);
  if (retry) return { type: "retry", runId: Number(retry[1]), by: retry[2] as string };
  const person = /^(run now|drain for the switch) by (.+)$/s.exec(words);
  if (!person) return null;
  return { type: person[1] === "run now" ? "run-now" : "drain", by: person[2] as string };
}

/** What a job of the queue carries. Anyone who can write to Redis can add one, so the worker believes only this. */
const JOB_DATA = z.object({
  trigger: z
    .string()
    .max(200)
    .refine((words) => parseTrigger(words) !== null),
});

/** The span that asked for a job, if it was traced. */
export const readJobSpan = (data: unknown): string | undefined =>
  z.object({ traceparent: z.string().max(100) }).safeParse(data).data?.traceparent;

/**
 * The trigger of a job, in the stored words. A job with other data, or one that claims to be a turn of the schedule and is not, still
 * runs, as a sync moves nothing twice; but it is stored as a job that Tidemark did not add.
 */
export function readJobTrigger(job: { data: unknown; isTurn: boolean }): string {
  const parsed = JOB_DATA.safeParse(job.data);
  const foreign = formatTrigger({ type: "queue-board" });
  if (!parsed.success) return foreign;
  const { trigger } = parsed.data;
  return TURN_TRIGGERS.includes(trigger) && !job.isTurn ? foreign : trigger;
}
