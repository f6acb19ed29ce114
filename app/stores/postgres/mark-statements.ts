import type { TargetKind } from "~/tracker/view";

/**
 * How a counter meets the row that may be there: *new* expects none and fails with a duplicate key otherwise, which spares Postgres
 * a third of the work; *raise* raises a row that is there, and never lowers it.
 */
export type Meeting = "new" | "raise";

const raiseViews: Record<Meeting, string> = {
  new: "",
  raise: `ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = EXCLUDED.views
    WHERE "ViewHour".views < EXCLUDED.views`,
};
const raiseDetails: Record<Meeting, string> = {
  new: "",
  raise: `ON CONFLICT ("storyId", hour, source, dimension, value) DO UPDATE SET views = EXCLUDED.views
    WHERE "ViewDetailHour".views < EXCLUDED.views`,
};

const tables: Record<TargetKind, string> = { story: `"Story"`, chapter: `"Chapter"` };

/**
 * Opens a transaction that moves counters: one at a time per shard ($1 the lock's class, $2 the shard). The totals of its targets are
 * found one by one by their key: for some thousand of them the planner would rather read the whole table, once per transaction.
 */
export const lockStatement = `
SELECT pg_advisory_xact_lock($1, $2),
  set_config('enable_mergejoin', 'off', true), set_config('enable_hashjoin', 'off', true)`;

/** $1 target ids, $2 cumulative views, $3 hour, $4 source. `old` and `new` in RETURNING need Postgres 18. */
export const viewsStatement = (kind: TargetKind, meeting: Meeting) => `
WITH incoming AS (SELECT * FROM unnest($1::int[], $2::bigint[]) AS u(id, views)),
moved AS (
  INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
  SELECT '${kind}', id, $3, $4, views FROM incoming ORDER BY id
  ${raiseViews[meeting]}
  RETURNING new."targetId" AS id, new.views - COALESCE(old.views, 0) AS delta
), added AS (
  UPDATE ${tables[kind]} t SET "readCount" = t."readCount" + moved.delta, "syncedReads" = t."syncedReads" + moved.delta FROM moved WHERE t.id = moved.id
  RETURNING t.id
)
SELECT
  (SELECT count(*) FROM moved)::float8 AS targets,
  (SELECT COALESCE(sum(delta), 0) FROM moved)::float8 AS views,
  (SELECT count(*) FROM moved WHERE id NOT IN (SELECT id FROM added))::float8 AS orphans`;

/** $1 story ids, $2 dimensions, $3 values, $4 cumulative views, $5 hour, $6 source. */
export const detailsStatement = (meeting: Meeting) => `
INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
SELECT story, $5, $6, dimension, value, views
FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[]) AS u(story, dimension, value, views)
ORDER BY story, dimension, value
${raiseDetails[meeting]}`;

/**
 * Adds to the totals, in the transaction that moves the views: whatever Postgres forgets, it forgets both.
 * $1 birth id, $2 shard, $3 ledger, $4 hour, $5 views moved, $6 the ledger's count or 0.
 */
export const totalsStatement = `
WITH buffer AS (
  INSERT INTO "SyncedBuffer" AS b (birth, shard, ledger, hour, views) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (birth) DO UPDATE SET views = b.views + EXCLUDED.views, "movedAt" = now()
)
INSERT INTO "RedisLedger" AS l (shard, ledger, accepted, synced) VALUES ($2, $3, GREATEST($5, $6), $5)
ON CONFLICT (shard, ledger) DO UPDATE SET synced = l.synced + EXCLUDED.synced,
  accepted = GREATEST(l.accepted, $6::bigint, l.synced + EXCLUDED.synced), "seenAt" = now()`;
