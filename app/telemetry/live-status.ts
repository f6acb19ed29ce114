/** The state of Redis right now. */
export interface LiveStatus {
  redis: "up" | "down" | "disabled";
  /** Views in Redis that are not in Postgres yet; null when Redis does not answer. */
  unsynced: number | null;
  oldestUnsyncedAt: Date | null;
}
