/**
 * Every Postgres advisory lock that Tidemark takes, so that no two jobs share a number by accident. A number must never
 * change: during an upgrade, processes of both versions must take the same lock.
 *
 * Postgres keeps locks with one key and locks with two keys apart.
 */
export const ADVISORY_LOCKS = {
  /** `stores/postgres/marks`: moves one shard's counters. Second key: the shard. Held by the transaction. */
  moveShard: 7_140_001,
  /** `stores/postgres/fallback-rows`: one process at a time reconciles a batch of fallback rows. Held by the transaction. */
  reconcile: 7_140_002,
  /** `platform/settings`: changes one setting. Second key: `hashtext` of its name. Held by the transaction. */
  changeSetting: 7_140_003,
  /** `telemetry/ledger/check-history`: one process at a time compares read counts with their history. Held by the transaction. */
  checkHistory: 7_140_007,
  /** `stores/postgres/database-views`: counts near midnight, or with times of their own. Second key: 0 stories, 1 chapters. Held by the transaction. */
  countAtMidnight: 7_140_006,
  /** `alerts/evaluate`: one process at a time evaluates the alert rules. Held by the transaction. */
  evaluateAlerts: 7_140_005,
  /** `alerts/follow-up`: one process at a time reminds channels of alerts that go on. Held by the transaction. */
  followUpAlerts: 7_140_015,
  /** `alerts/watch-evaluation`: one process at a time writes that the rules are not evaluated. Held by the transaction. */
  watchEvaluation: 7_140_009,
  /** `telemetry/roll-up`: one process at a time adds up samples and exclusions. Held by the transaction. */
  rollUp: 7_140_008,
  /** `stores/postgres/rank-most-read`: one process at a time ranks the stories. Held by the transaction. */
  rankMostRead: 7_140_050,
  /** `auth/last-operator`: one change at a time may take an operator away. Held by the transaction. */
  operators: 7_140_011,
  /** `stores/archive`: one process at a time moves rows into the archive or back. Held by the connection. */
  archive: 7_140_044,
  /** `scripts/demo`: one program sends the demo's readers, and pages see that it does. Held by the connection. */
  demoReaders: 7_140_020,
  /** `stores/postgres/imports`: one program at a time imports views, undoes an import or closes imports. Held by the connection. */
  importViews: 7_140_021,
  /** `prisma/migrate`: one process at a time applies migrations; "tide" in ASCII. Held by the connection. */
  migrate: 0x74696465,
  /** `prisma/seed`: two starts at once must not both find the database empty. Held by the transaction. */
  seed: 74_190_233,
} as const;
