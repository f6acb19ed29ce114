import type { SettingValues } from "~/platform/settings";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import type { PrismaClient } from "../../../prisma/client/client";

/** Which settings one process says it runs on. */
export interface FollowingProcess {
  process: string;
  role: string;
  seenAt: Date;
  settings: SettingValues;
  /** They are those that hold now. */
  follows: boolean;
  /** It missed several reports: it has stopped, or cannot reach Postgres. */
  silent: boolean;
}

const FORGOTTEN_AFTER_MS = 10 * 60_000;

/** Every process that reported in the last ten minutes, beside the settings that hold. */
export async function readSettingsFollowed(
  db: PrismaClient,
  holding: SettingValues,
  now: Date,
): Promise<FollowingProcess[]> {
  const rows = await db.processState.findMany({
    where: { seenAt: { gte: new Date(now.getTime() - FORGOTTEN_AFTER_MS) } },
    orderBy: [{ role: "desc" }, { process: "asc" }],
  });
  return rows.map(({ process, role, seenAt, settings }) => ({
    process,
    role,
    seenAt,
    settings: settings as unknown as SettingValues,
    follows: inOrder(settings) === inOrder(holding),
    silent: now.getTime() - seenAt.getTime() > SILENT_AFTER_SECONDS * 1000,
  }));
}

/** JSON with its keys in order: Postgres keeps none. */
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
