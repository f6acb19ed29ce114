import type pg from "pg";
import { FALLBACK_SOURCE, HISTORY_SOURCE, redisSource } from "../../app/tracker/source";
import type { History } from "./history";

/** Days of views per statement, each of which is one step of progress. */
const STEP_DAYS = 30;

/** How readers come, and with what: shares of a story's views. Robots and the like come on top, and are not counted. */
const REFERRERS = {
  direct: 0.41,
  "search.example": 0.2,
  "newsletter.example": 0.13,
  "books.example": 0.1,
  "social.example": 0.09,
  "forum.example": 0.05,
  other: 0.02,
};
const DEVICES = { mobile: 0.61, desktop: 0.31, tablet: 0.08 };
const EXCLUDED = { robot: 0.09, prefetch: 0.02, author: 0.005, "privacy-signal": 0.01 };

type Say = (line: string) => void;

/**
 * Writes the hourly history of every target of the temporary table `target`, its details and its totals. Hours of outages have
 * the source of the fallback, those before Redis that of history; all others have one Redis buffer per shard and hour. Rows are
 * written hour by hour, as the sync does: those of one story are far apart, and reading them costs what it costs on a real site.
 */
export async function writeViews(client: pg.ClientBase, history: History, say: Say) {
  await client.query(
    `CREATE TEMP TABLE view ON COMMIT DROP AS
     SELECT kind, id, hour, ${sourceOf} AS source, ${viewsOf} AS views
     FROM (
       SELECT t.*, "startHour" + floor(n * step)::int + floor(random() * floor(step))::int AS hour
       FROM (SELECT *, (${history.hours} - "startHour")::float8 / rows AS step FROM target OFFSET 0) t, generate_series(0, rows - 1) n
     ) h`
      .replaceAll("$HOURS", String(history.hours))
      .replaceAll("$REDIS", String(history.redisFrom))
      .replaceAll("$OUTAGES", history.outages.join(", ")),
  );
  await client.query(`CREATE INDEX ON view (hour)`);
  await client.query("ANALYZE view");
  let written = 0;
  for (let from = 0; from < history.hours; from += STEP_DAYS * 24) {
    const step = [history.start, from, from + STEP_DAYS * 24];
    const { rowCount } = await client.query(
      `INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
       SELECT kind, id, $1::timestamptz + hour * interval '1 hour', source, views FROM view WHERE hour >= $2 AND hour < $3
       ORDER BY hour, kind, id`,
      step,
    );
    await writeDetails(client, step);
    written += rowCount ?? 0;
    say(`Wrote ${written.toLocaleString("en")} hours of views`);
  }
  for (const [kind, table] of [
    ["story", "Story"],
    ["chapter", "Chapter"],
  ])
    await client.query(
      `UPDATE "${table}" t SET "readCount" = v.views
       FROM (SELECT id, sum(views) AS views FROM view WHERE kind = $1 GROUP BY 1) v WHERE t.id = v.id`,
      [kind],
    );
}

/** A buffer's birth id looks like a real one. */
const sourceOf = `CASE WHEN hour < $REDIS THEN '${HISTORY_SOURCE}' WHEN hour = ANY(ARRAY[$OUTAGES]) THEN '${FALLBACK_SOURCE}'
  ELSE '${redisSource("")}' || left(md5(shard || ' ' || hour), 16) END`;
/** Readers come in the evening, on Sundays, and more each year. */
const viewsOf = `GREATEST(1, floor(rate * (0.25 + random() + 0.5 * (1 + cos((hour % 24 - 20) * pi() / 12)))
  * (CASE WHEN hour / 24 % 7 = 0 THEN 1.25 ELSE 0.96 END) * (0.45 + 0.9 * hour / $HOURS) * 0.72 + random()))::bigint`;

/** Splits each hour of these stories over values, without a remainder: v views with cumulative shares c give floor(v c' + u) - floor(v c + u). */
async function writeDetails(client: pg.ClientBase, step: unknown[]) {
  const parts = [
    ...cumulative("referrer", REFERRERS, true),
    ...cumulative("device", DEVICES, true),
    ...cumulative("excluded", EXCLUDED, false),
  ];
  await client.query(
    `INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
     SELECT id, $1::timestamptz + hour * interval '1 hour', source, dimension, value, part FROM (
       SELECT v.id, v.hour, v.source, p.dimension, p.value, floor(v.views * p.upto + u.u) - floor(v.views * p.after + u.u) AS part
       FROM (SELECT *, random() AS referrer, random() AS device, random() AS excluded FROM view
           WHERE kind = 'story' AND hour >= $2 AND hour < $3 OFFSET 0) v,
         unnest($4::text[], $5::text[], $6::float8[], $7::float8[]) AS p(dimension, value, after, upto),
         LATERAL (SELECT CASE p.dimension WHEN 'referrer' THEN referrer WHEN 'device' THEN device ELSE excluded END AS u) u
     ) d WHERE part > 0 ORDER BY hour, id`,
    [
      ...step,
      parts.map(({ dimension }) => dimension),
      parts.map(({ value }) => value),
      parts.map(({ after }) => after),
      parts.map(({ upto }) => upto),
    ],
  );
}

function cumulative(dimension: string, shares: Record<string, number>, isComplete: boolean) {
  const names = Object.keys(shares);
  let sum = 0;
  return names.map((value, index) => {
    const after = sum;
    sum += shares[value] ?? 0;
    // Rounding must not lose a view.
    return { dimension, value, after, upto: isComplete && index === names.length - 1 ? 1 : sum };
  });
}
