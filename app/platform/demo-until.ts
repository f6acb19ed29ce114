import type { PrismaClient } from "../../prisma/client/client";

/** The row of Setting that says until when everything on a demo site was made up. Only the seed writes it. */
export const DEMO_UNTIL = "demo.seededUntil";

/** The end of what the seed made up; null on other sites, and on demo sites of versions that made up reads only. */
export async function readDemoUntil(db: Pick<PrismaClient, "setting">): Promise<Date | null> {
  const row = await db.setting.findUnique({ where: { key: DEMO_UNTIL } });
  const at = typeof row?.value === "string" ? Date.parse(row.value) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at);
}
