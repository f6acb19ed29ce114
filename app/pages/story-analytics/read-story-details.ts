import type { PrismaClient } from "../../../prisma/client/client";

export type Dimension = "referrer" | "device" | "excluded";

export interface Detail {
  value: string;
  views: number;
}

/** A story's views by referrer and by device, and its visits that were not counted by reason; largest first. */
export async function readStoryDetails(
  db: PrismaClient,
  storyId: number,
  { from, to }: { from: number; to: number },
): Promise<Record<Dimension, Detail[]>> {
  const rows = await db.$queryRaw<(Detail & { dimension: string })[]>`
    SELECT "dimension", "value", sum("views")::float8 AS views FROM "ViewDetailHour"
    WHERE "storyId" = ${storyId} AND "hour" >= ${new Date(from)} AND "hour" <= ${new Date(to)}
    GROUP BY 1, 2 HAVING sum("views") > 0 ORDER BY 3 DESC, 2`;
  const of = (dimension: Dimension) =>
    rows.filter((row) => row.dimension === dimension).map(({ value, views }) => ({ value, views }));
  return { referrer: of("referrer"), device: of("device"), excluded: of("excluded") };
}
