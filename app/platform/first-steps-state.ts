import type { PrismaClient } from "../../prisma/client/client";

/** What people did about the first steps of a site, one row of Setting each. */
const KEYS = { dismissed: "first-steps.dismissed", auditRead: "first-steps.audit-read" } as const;

type State = Record<keyof typeof KEYS, boolean>;

/** Whether the first steps were dismissed, and whether the audit was opened. Rejects when Postgres does not answer. */
export async function readFirstStepsState(db: Pick<PrismaClient, "setting">): Promise<State> {
  const rows = await db.setting.findMany({
    where: { key: { in: Object.values(KEYS) } },
    select: { key: true },
  });
  const has = (key: string) => rows.some((row) => row.key === key);
  return { dismissed: has(KEYS.dismissed), auditRead: has(KEYS.auditRead) };
}

/** Remembers one of them, for the whole site. Harmless to repeat. */
export async function rememberFirstStep(
  db: Pick<PrismaClient, "setting">,
  step: keyof State,
  updatedBy: string,
): Promise<void> {
  await db.setting.createMany({
    data: [{ key: KEYS[step], value: true, updatedBy }],
    skipDuplicates: true,
  });
}
