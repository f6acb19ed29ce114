import type pg from "pg";
import type { Offer } from "~/tracker/view";
import { type DedupeWindow, dayOf } from "~/tracker/window";
import { TABLES } from "./count-statement";

/**
 * Reads for each offer, in order, when the view was that keeps another one from counting now (Unix ms), or null, as the windows in
 * Postgres have it. Rejects when Postgres does not answer.
 */
export async function readCounted(
  pool: Pick<pg.Pool, "query">,
  { daysBefore }: Pick<DedupeWindow, "daysBefore">,
  offers: readonly Offer[],
  now: number,
): Promise<(number | null)[]> {
  const found = offers.map((): number | null => null);
  for (const kind of ["story", "chapter"] as const) {
    const { windows, id } = TABLES[kind];
    const asked = offers.flatMap((offer, place) =>
      offer.kind === kind
        ? Array.from({ length: daysBefore + 1 }, (_, back) => ({
            place,
            target: offer.id,
            viewer: offer.key(dayOf(now) - back),
          }))
        : [],
    );
    if (asked.length === 0) continue;
    const { rows } = await pool.query<{ place: number; at: number }>(
      `SELECT k.place, (extract(epoch FROM max(lower(r."window"))) * 1000)::float8 AS at
       FROM unnest($1::int[], $2::int[], $3::text[]) AS k(place, target, viewer)
       JOIN ${windows} w ON w.${id} = k.target AND w.viewer = k.viewer
       CROSS JOIN LATERAL unnest(w.windows) AS r("window")
       WHERE r."window" @> to_timestamp($4::float8 / 1000) GROUP BY 1`,
      [
        asked.map(({ place }) => place),
        asked.map(({ target }) => target),
        asked.map(({ viewer }) => viewer),
        now,
      ],
    );
    for (const { place, at } of rows) found[place] = at;
  }
  return found;
}
