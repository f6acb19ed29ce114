import type { Queue } from "bullmq";
import type pg from "pg";
import type { ReaderMemory } from "~/stores/redis/reader-memory";

/** Everywhere that Tidemark keeps something about a person. */
export interface PersonalStores {
  pool: Pick<pg.Pool, "query" | "connect">;
  /** What Redis remembers of readers; null where views are not counted in Redis. */
  memory: ReaderMemory | null;
  /** The sync's queue, whose jobs name who asked for them; null where there is no Redis. */
  queue: Queue | null;
}

/** The columns that hold who did something, as `actorName` writes it. The audit is not among them: it cannot be changed. */
export const NAMING_COLUMNS = [
  ["Setting", "updatedBy"],
  ["AlertRule", "updatedBy"],
  ["AlertRule", "silencedBy"],
  ["Alert", "acknowledgedBy"],
  ["Alert", "snoozedBy"],
  ["AlertStep", "by"],
  ["AlertStep", "to"],
  ["AlertChannel", "createdBy"],
  ["Delivery", "givenUpBy"],
  ["Drill", "startedBy"],
  ["Drill", "abortedBy"],
  ["DriftExplanation", "explainedBy"],
] as const;

/** The columns whose sentences may name a person (`run now by user 12`). */
export const NAMING_TEXTS = [
  ["SyncRun", "trigger"],
  ["ModeChange", "reason"],
] as const;
