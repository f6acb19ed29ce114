import type pg from "pg";
import type { ViewStore } from "~/tracker/ports";
import { FALLBACK_SOURCE } from "~/tracker/source";
import { type CountResult, type Offer, type TargetKind, targetKey, type View } from "~/tracker/view";
import { type DedupeWindow, dayOf, hourOf } from "~/tracker/window";
import { isRetryable } from "./sql-errors";

const MAX_TRIES = 4;
/** Distinct referrer hosts that a process counts per story and hour; the rest count as "other". */
const MAX_REFERRERS = 100;

/** The differences between the two tables. SQL names come only from here, never from a caller. */
const tables: Record<TargetKind, { view: string; target: string; id: string }> = {
  story: { view: `"StoryView"`, target: `"Story"`, id: `"storyId"` },
  chapter: { view: `"ChapterView"`, target: `"Chapter"`, id: `"chapterId"` },
};

/**
 * One statement counts a whole batch of one kind. Rows that overlap no counted window are inserted and added to `readCount`
 * and `ViewHour`; the others are kept as repeats, one per viewer per minute, because reconcile may need them. The exclusion
 * constraint decides, across processes and without application locks (docs/decisions/0002). The keys of the neighbouring
 * days are looked up too, so that no viewer is counted twice across midnight. Parameters: $1 target ids, $2 to $4 the viewer's
 * keys (day, before, after), $5 times in ms or null for now, $6 referrers, $7 devices, $8 window in ms, $9 the UTC day of the
 * keys. "Now" is clamped to that day, because the clocks of Postgres and of this process may be on opposite sides of midnight.
 */
const statement = (kind: TargetKind) => {
  const { view, target, id } = tables[kind];
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
WITH incoming AS (
  SELECT u.place, u.target, u.viewer, u.before, u.after, u.referrer, u.device,
    COALESCE(to_timestamp(u.at / 1000.0), LEAST(GREATEST(clock_timestamp(), to_timestamp($9 * 86400.0)),
      to_timestamp($9 * 86400.0 + 86399.999)))::timestamptz(3) AS at
  FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[])
    WITH ORDINALITY AS u(target, viewer, before, after, at, referrer, device, place)
), counted AS (
  INSERT INTO ${view} (${id}, viewer, "viewerBefore", "viewerAfter", "viewedAt", counted, "window", referrer, device)
  SELECT i.target, i.viewer, i.before, i.after, i.at, true,
    tstzrange(i.at, i.at + make_interval(secs => $8 / 1000.0)), i.referrer, i.device
  FROM incoming i
  WHERE NOT EXISTS (
    SELECT FROM ${view} other
    WHERE other.${id} = i.target AND other.viewer IN (i.before, i.after) AND other.viewer <> i.viewer
      AND other.counted AND other."window" && tstzrange(i.at, i.at + make_interval(secs => $8 / 1000.0)))
  ORDER BY i.target, i.viewer, i.at
  ON CONFLICT DO NOTHING
  RETURNING ${id}, viewer, "viewedAt", referrer, device
), repeats AS (
  INSERT INTO ${view} (${id}, viewer, "viewerBefore", "viewerAfter", "viewedAt", counted, "window")
  SELECT i.target, i.viewer, i.before, i.after, i.at, false,
    tstzrange(i.at, i.at + make_interval(secs => $8 / 1000.0))
  FROM incoming i
  WHERE NOT EXISTS (SELECT FROM counted c WHERE c.${id} = i.target AND c.viewer = i.viewer AND c."viewedAt" = i.at)
  ORDER BY i.target, i.viewer, i.at
  ON CONFLICT DO NOTHING
), hours AS (
  INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
  SELECT '${kind}', ${id}, date_trunc('hour', "viewedAt", 'UTC'), '${FALLBACK_SOURCE}', count(*)
  FROM counted GROUP BY 2, 3 ORDER BY 2, 3
  ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = "ViewHour".views + EXCLUDED.views
)${detail}, moved AS (
  UPDATE ${target} t SET "readCount" = t."readCount" + c.views
  FROM (SELECT ${id} AS id, count(*)::int AS views FROM counted GROUP BY 1) c
  WHERE t.id = c.id RETURNING t.id, t."readCount")
SELECT i.place::int, i.target, i.viewer,
  EXISTS (SELECT FROM counted c WHERE c.${id} = i.target AND c.viewer = i.viewer AND c."viewedAt" = i.at) AS counted,
  COALESCE(m."readCount", t."readCount", 0) AS "readCount"
FROM incoming i LEFT JOIN moved m ON m.id = i.target LEFT JOIN ${target} t ON t.id = i.target
ORDER BY i.place`;
};
const statements = { story: statement("story"), chapter: statement("chapter") };

interface Row {
  counted: boolean;
  readCount: number;
  target: number;
  viewer: string;
}

/**
 * Creates the store that counts directly in Postgres, with one row per counted view. When Postgres breaks a deadlock between
 * two batches, the statement is retried; any other failure rejects, and no view of that kind was counted.
 */
export function createDatabaseViews(
  pool: pg.Pool,
  window: DedupeWindow,
  now: () => number = Date.now,
): ViewStore {
  const boundedHost = boundHosts(now);

  async function count(kind: TargetKind, views: View[], results: CountResult[][]) {
    const offers = views.flatMap((view, place) =>
      view.offers
        .filter((offer) => offer.kind === kind)
        .map((offer) => ({ view, offer, place, day: dayOf(view.at ?? now()) })),
    );
    // A statement does not see its own rows, so views on opposite sides of midnight go in separate statements.
    for (const day of [...new Set(offers.map((one) => one.day))].sort((a, b) => a - b))
      await countDay(
        kind,
        day,
        offers.filter((one) => one.day === day),
        results,
      );
  }

  async function countDay(
    kind: TargetKind,
    day: number,
    offers: { view: View; offer: Offer; place: number }[],
    results: CountResult[][],
  ) {
    const isStory = kind === "story";
    const values = [
      offers.map(({ offer }) => offer.id),
      offers.map(({ offer }) => offer.key(day)),
      offers.map(({ offer }) => offer.key(day - 1)),
      offers.map(({ offer }) => offer.key(day + 1)),
      offers.map(({ view }) => view.at ?? null),
      offers.map(({ view, offer }) => (isStory ? boundedHost(offer.id, view.referrer) : null)),
      offers.map(({ view }) => (isStory ? view.device : null)),
      window.length,
      day,
    ];
    const rows = await retryDeadlocks(() =>
      pool.query<Row>({ name: `count-${kind}`, text: statements[kind], values }),
    );
    const countedViewers = new Set<string>();
    rows.rows.forEach((row, i) => {
      // Two views by one viewer in one batch may have the same millisecond: only one of them counts.
      const viewer = `${row.target}/${row.viewer}`;
      const counted = row.counted && !countedViewers.has(viewer);
      if (counted) countedViewers.add(viewer);
      const place = offers[i]?.place ?? 0;
      results[place]?.push({ counted, count: row.readCount });
    });
  }

  return {
    async record(views) {
      const stories: CountResult[][] = views.map(() => []);
      const chapters: CountResult[][] = views.map(() => []);
      await count("chapter", views, chapters);
      await count("story", views, stories);
      return views.map((view, i) =>
        view.offers.map((offer) => {
          const result = (offer.kind === "story" ? stories : chapters)[i]?.shift();
          if (!result) throw new Error(`Postgres returned no result for ${targetKey(offer)}`);
          return result;
        }),
      );
    },
  };
}

/** Returns the host, or "other" once this process has counted the maximum number of hosts for that story and hour. */
function boundHosts(now: () => number) {
  let hour = 0;
  const hosts = new Map<number, Set<string>>();
  return (storyId: number, host: string): string => {
    if (hourOf(now()) !== hour) hosts.clear();
    hour = hourOf(now());
    const known = hosts.get(storyId) ?? new Set<string>();
    hosts.set(storyId, known);
    if (!known.has(host) && known.size >= MAX_REFERRERS) return "other";
    known.add(host);
    return host;
  };
}

async function retryDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || tries >= MAX_TRIES) throw error;
    }
  }
}
