import { SHARDS } from "~/tracker/shard";
import { FALLBACK_SOURCE } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import { OWN_KEYS } from "./other-keys";

/** The differences between stories and chapters. SQL names come only from here, never from a caller. */
export const TABLES: Record<TargetKind, { view: string; windows: string; target: string; id: string }> = {
  story: { view: `"StoryView"`, windows: `"StoryWindow"`, target: `"Story"`, id: `"storyId"` },
  chapter: { view: `"ChapterView"`, windows: `"ChapterWindow"`, target: `"Chapter"`, id: `"chapterId"` },
};

/** Seconds on either side of midnight during which views are counted under a lock. A statement takes far less. */
const MIDNIGHT_SECONDS = 120;

/**
 * For how long windows are kept that are over: longer than a journal may wait for Postgres, so that one that is replayed twice counts
 * nothing twice.
 */
export const WINDOWS_KEPT = "16 days";

/** A row of the statement's answer. `place` is the view's place in the parameters, from 1. */
export interface CountedRow {
  place: number;
  counted: boolean;
  readCount: number;
}

/**
 * One statement counts a batch of one kind. The windows of a viewer's counted views of a target are one row, and that row decides:
 * the view counts if the row is new, or if its windows can take the view's without an overlap. Postgres lets one transaction at a
 * time change it, across processes and without application locks (docs/decisions/0002). Views that count are added to `readCount`
 * and `ViewHour`; the others are kept as repeats, one per viewer per minute, because reconcile may need them.
 *
 * The rows are looked up first: under the viewer's own key, so that a repeat changes and locks nothing, and under the keys of
 * neighbouring days, so that no viewer is counted twice across midnight, and under those from before a reader signed in, at times before the view. For a view that happens now, the day after is left out
 * until rows of it can exist: a row's time is at most $9 ms ahead of the clock. A statement sees its own rows as little as those of
 * others that have not committed: a viewer may ask once per statement, and `again` marks the views that the answer decides too.
 *
 * A view without a time of its own happens now, by Postgres's clock, and must bring the keys of Postgres's day: the statement
 * counts nothing, and returns no rows, when the keys are those of another day, or when midnight is near and the caller does not
 * hold the lock (docs/decisions/0003). A replayed view brings its own time, at most $9 ms ahead of Postgres's clock.
 *
 * Parameters: $1 target ids; $2 the viewer's keys, as `keysOf` in other-keys.ts writes them; $3 times in ms; null for now; $4 referrers; $5 devices; $6 window in ms; $7 the UTC day of the keys; $8 true
 * when the caller holds the lock; $9 see above; $10 the story of each target; $11 the process's slot in FallbackCount; $12 `again`.
 * In FallbackCount, rows and history are added up each from its
 * own side, so that one checks the other.
 */
const statement = (kind: TargetKind) => {
  const { view, windows, target, id } = TABLES[kind];
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
WITH clock AS MATERIALIZED (
  SELECT now, floor(extract(epoch FROM now) / 86400) AS day, extract(epoch FROM now) % 86400 AS "secondOfDay"
  FROM (SELECT statement_timestamp()::timestamptz(3) AS now) AS c
), incoming AS (
  SELECT u.place, u.target, string_to_array(u.keys, ' ', '') AS keys, u.referrer, u.device, u.again,
    u.at IS NOT NULL OR clock."secondOfDay" + $9::float8 / 1000 + ${MIDNIGHT_SECONDS} >= 86400 AS "looksAhead",
    CASE WHEN u.at IS NULL THEN clock.now
      ELSE LEAST(to_timestamp(u.at / 1000.0), clock.now + make_interval(secs => $9::float8 / 1000)) END::timestamptz(3) AS at
  FROM clock, unnest($1::int[], $2::text[], $3::float8[], $4::text[], $5::text[], $12::bool[])
    WITH ORDINALITY AS u(target, keys, at, referrer, device, again, place)
  WHERE u.at IS NOT NULL OR clock.day = $7::int AND ($8::bool
    OR clock."secondOfDay" BETWEEN ${MIDNIGHT_SECONDS} AND 86400 - ${MIDNIGHT_SECONDS})
), offered AS (
  SELECT *, keys[1] AS viewer, NULLIF(keys[2:], '{}') AS others,
    CASE WHEN "looksAhead" THEN keys[:${OWN_KEYS}] ELSE ${withoutDayAfter("keys")} END AS "lookedUp",
    keys[${OWN_KEYS + 1}:] AS former,
    tstzrange(at, at + make_interval(secs => $6::float8 / 1000)) AS "window"
  FROM incoming
), taken AS (
  INSERT INTO ${windows} AS w (${id}, viewer, windows)
  SELECT i.target, i.viewer, tstzmultirange(i."window")
  FROM offered i
  WHERE NOT i.again AND NOT EXISTS (
    SELECT FROM unnest(i."lookedUp") AS key(viewer) CROSS JOIN LATERAL (
      SELECT FROM ${windows} known WHERE known.${id} = i.target AND known.viewer = key.viewer
        AND known.windows && i."window" LIMIT 1) AS found)
    AND NOT EXISTS (
    SELECT FROM unnest(i.former) AS key(viewer)
    JOIN ${windows} known ON known.${id} = i.target AND known.viewer = key.viewer AND known.windows @> i.at)
  ORDER BY i.target, i.viewer
  ON CONFLICT (${id}, viewer) DO UPDATE SET windows = EXCLUDED.windows
    + (w.windows - tstzmultirange(tstzrange(NULL, lower(EXCLUDED.windows) - interval '${WINDOWS_KEPT}')))
  WHERE NOT w.windows && EXCLUDED.windows
  RETURNING ${id} AS target, viewer
), decided AS (
  SELECT i.*, t.target IS NOT NULL AS counted
  FROM offered i LEFT JOIN taken t ON NOT i.again AND t.target = i.target AND t.viewer = i.viewer
), rows AS (
  INSERT INTO ${view} (${id}, viewer, "otherKeys", "viewedAt", counted, decided, "window", referrer, device)
  SELECT target, viewer, others, at, counted, true, "window", referrer, device
  FROM decided ORDER BY target, viewer, at
  ON CONFLICT (${id}, viewer, date_bin('1 minute', "viewedAt", TIMESTAMPTZ '2000-01-01 00:00:00+00'))
    WHERE NOT counted AND "window" IS NOT NULL AND "retractedAt" IS NULL DO NOTHING
  RETURNING ${id}, "viewedAt", counted, referrer, device
), counted AS (
  SELECT * FROM rows WHERE counted
), sums AS (
  SELECT ${id} AS id, count(*) AS views FROM counted GROUP BY 1
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
  FROM placed p JOIN sums c USING (id)
  LEFT JOIN (SELECT id, sum(views) AS views FROM hours GROUP BY 1) h USING (id) GROUP BY 1 ORDER BY 1
  ON CONFLICT (shard, slot) DO UPDATE SET counted = f.counted + EXCLUDED.counted, moved = f.moved + EXCLUDED.moved
)${detail}, moved AS (
  UPDATE ${target} t SET "readCount" = t."readCount" + c.views FROM sums c WHERE t.id = c.id RETURNING t.id, t."readCount")
SELECT i.place::int, i.counted, COALESCE(m."readCount", t."readCount", 0)::float8 AS "readCount"
FROM decided i LEFT JOIN moved m ON m.id = i.target LEFT JOIN ${target} t ON t.id = i.target
ORDER BY i.place`;
};

/** A view's keys without that of the day after, which is the third (see other-keys.ts). */
const withoutDayAfter = (keys: string) => `(${keys})[1:2] || (${keys})[4:${OWN_KEYS}]`;

/** See `statement`. */
export const COUNT_STATEMENTS: Record<TargetKind, string> = {
  story: statement("story"),
  chapter: statement("chapter"),
};
