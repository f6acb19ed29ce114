import { SHARDS } from "~/tracker/shard";
import { FALLBACK_SOURCE } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";

/** The differences between the two tables. SQL names come only from here, never from a caller. */
export const TABLES: Record<TargetKind, { view: string; target: string; id: string }> = {
  story: { view: `"StoryView"`, target: `"Story"`, id: `"storyId"` },
  chapter: { view: `"ChapterView"`, target: `"Chapter"`, id: `"chapterId"` },
};

/** Seconds on either side of midnight during which views are counted under a lock. A statement takes far less. */
const MIDNIGHT_SECONDS = 120;

/** A row of the statement's answer. `place` is the view's place in the parameters, from 1. */
export interface CountedRow {
  place: number;
  target: number;
  viewer: string;
  counted: boolean;
  readCount: number;
}

/**
 * One statement counts a whole batch of one kind. Rows that overlap no counted window are inserted and added to `readCount`
 * and `ViewHour`; the others are kept as repeats, one per viewer per minute, because reconcile may need them. The exclusion
 * constraint decides, across processes and without application locks (docs/decisions/0002). The viewer's keys of neighbouring
 * days are looked up too, so that no viewer is counted twice across midnight: one look-up in the constraint's index per key
 * (`= ANY` would read every counted row of the target's window, for every view). For a view that happens now, the day after is
 * left out until rows of it can exist: a row's time is at most $9 ms ahead of the clock.
 *
 * A view without a time of its own happens now, by Postgres's clock, and must bring the keys of Postgres's day: the statement
 * counts nothing, and returns no rows, when the keys are those of another day, or when midnight is near and the caller does not
 * hold the lock (docs/decisions/0003). A replayed view brings its own time, at most $9 ms ahead of Postgres's clock.
 *
 * Parameters: $1 target ids; $2 the viewer's keys, separated by spaces: of the day, then of OTHER_DAYS, an empty one if it is not
 * known or the same; $3 times in ms; null for now; $4 referrers; $5 devices; $6 window in ms; $7 the UTC day of the keys; $8 true
 * when the caller holds the lock; $9 see above; $10 the story of each target; $11 the process's slot in FallbackCount. There,
 * rows and history are added up each from its own side, so that one checks the other.
 */
const statement = (kind: TargetKind) => {
  const { view, target, id } = TABLES[kind];
  const detail =
    kind === "story"
      ? `, details AS (
  INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
  SELECT ${id}, date_trunc('hour', "viewedAt", 'UTC'), '${FALLBACK_SOURCE}', d.dimension, d.value, count(*)
  FROM counted CROSS JOIN LATERAL (VALUES ('referrer', counted.referrer), ('device', counted.device)) AS d(dimension, value)
  WHERE d.value IS NOT NULL GROUP BY 1, 2, 4, 5 ORDER BY 1, 2, 4, 5
  ON CONFLICT ("storyId", hour, source, dimension, value)
  DO UPDATE SET views = "ViewDetailHour".views + EXCLUDED.views)`
      : "";
  return `
WITH clock AS (
  SELECT now, floor(extract(epoch FROM now) / 86400) AS day, extract(epoch FROM now) % 86400 AS "secondOfDay"
  FROM (SELECT statement_timestamp()::timestamptz(3) AS now) AS c
), incoming AS (
  SELECT u.place, u.target, string_to_array(u.keys, ' ', '') AS keys, u.referrer, u.device,
    u.at IS NOT NULL OR clock."secondOfDay" + $9::float8 / 1000 + ${MIDNIGHT_SECONDS} >= 86400 AS "looksAhead",
    CASE WHEN u.at IS NULL THEN clock.now
      ELSE LEAST(to_timestamp(u.at / 1000.0), clock.now + make_interval(secs => $9::float8 / 1000)) END::timestamptz(3) AS at
  FROM clock, unnest($1::int[], $2::text[], $3::float8[], $4::text[], $5::text[])
    WITH ORDINALITY AS u(target, keys, at, referrer, device, place)
  WHERE u.at IS NOT NULL OR clock.day = $7::int AND ($8::bool
    OR clock."secondOfDay" BETWEEN ${MIDNIGHT_SECONDS} AND 86400 - ${MIDNIGHT_SECONDS})
), offered AS (
  SELECT *, keys[1] AS viewer, NULLIF(keys[2:], '{}') AS others,
    CASE WHEN "looksAhead" THEN keys[2:] ELSE ${withoutDayAfter("keys[2:]")} END AS "lookedUp",
    tstzrange(at, at + make_interval(secs => $6::float8 / 1000)) AS "window"
  FROM incoming
), counted AS (
  INSERT INTO ${view} (${id}, viewer, "otherKeys", "viewedAt", counted, "window", referrer, device)
  SELECT i.target, i.viewer, i.others, i.at, true, i."window", i.referrer, i.device
  FROM offered i
  WHERE NOT EXISTS (
    SELECT FROM unnest(i."lookedUp") AS key(viewer) CROSS JOIN LATERAL (
      SELECT FROM ${view} other WHERE other.${id} = i.target AND other.viewer = key.viewer AND other.counted
        AND other."window" && i."window" LIMIT 1) AS found)
  ORDER BY i.target, i.viewer, i.at
  ON CONFLICT DO NOTHING
  RETURNING ${id}, viewer, "viewedAt", referrer, device
), repeats AS (
  INSERT INTO ${view} (${id}, viewer, "otherKeys", "viewedAt", counted, "window", referrer, device)
  SELECT i.target, i.viewer, i.others, i.at, false, i."window", i.referrer, i.device
  FROM offered i
  WHERE NOT EXISTS (SELECT FROM counted c WHERE c.${id} = i.target AND c.viewer = i.viewer AND c."viewedAt" = i.at)
  ORDER BY i.target, i.viewer, i.at
  ON CONFLICT DO NOTHING
), hours AS (
  INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
  SELECT '${kind}', ${id}, date_trunc('hour', "viewedAt", 'UTC'), '${FALLBACK_SOURCE}', count(*)
  FROM counted GROUP BY 2, 3 ORDER BY 2, 3
  ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = "ViewHour".views + EXCLUDED.views
  RETURNING new."targetId" AS id, new.views - COALESCE(old.views, 0) AS views
), placed AS (
  SELECT DISTINCT target AS id, story % ${SHARDS} AS shard FROM unnest($1::int[], $10::int[]) AS u(target, story)
), tally AS (
  INSERT INTO "FallbackCount" AS f (shard, slot, counted, moved)
  SELECT p.shard, $11::int, sum(c.views), COALESCE(sum(h.views), 0)
  FROM placed p JOIN (SELECT ${id} AS id, count(*) AS views FROM counted GROUP BY 1) c USING (id)
  LEFT JOIN (SELECT id, sum(views) AS views FROM hours GROUP BY 1) h USING (id) GROUP BY 1 ORDER BY 1
  ON CONFLICT (shard, slot) DO UPDATE SET counted = f.counted + EXCLUDED.counted, moved = f.moved + EXCLUDED.moved
)${detail}, moved AS (
  UPDATE ${target} t SET "readCount" = t."readCount" + c.views
  FROM (SELECT ${id} AS id, count(*) AS views FROM counted GROUP BY 1) c
  WHERE t.id = c.id RETURNING t.id, t."readCount")
SELECT i.place::int, i.target, i.viewer, c.viewer IS NOT NULL AS counted,
  COALESCE(m."readCount", t."readCount", 0)::float8 AS "readCount"
FROM offered i LEFT JOIN counted c ON c.${id} = i.target AND c.viewer = i.viewer AND c."viewedAt" = i.at
LEFT JOIN moved m ON m.id = i.target LEFT JOIN ${target} t ON t.id = i.target
ORDER BY i.place`;
};

/** The same array of other days' keys without that of the day after, which is the second (see other-keys.ts). */
const withoutDayAfter = (keys: string) => `(${keys})[1:1] || (${keys})[3:]`;

/** See `statement`. */
export const COUNT_STATEMENTS: Record<TargetKind, string> = {
  story: statement("story"),
  chapter: statement("chapter"),
};
