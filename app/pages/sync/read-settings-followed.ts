import type { SettingValues } from "~/platform/settings";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import type { PrismaClient } from "../../../prisma/client/client";

/** The settings that one process last reported. */
export interface FollowingProcess {
  process: string;
  role: string;
  seenAt: Date;
  settings: SettingValues;
  /** These are the current settings. */
  follows: boolean;
  /** It missed several reports: it has stopped, or cannot reach Postgres. */
  silent: boolean;
}

const FORGOTTEN_AFTER_MS = 10 * 60_000;

/** Every process that reported in the last ten minutes, with whether it follows the current settings. */
export async function readSettingsFollowed(
  db: PrismaClient,
  current: SettingValues,
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
    follows: inOrder(settings) === inOrder(current),
    silent: now.getTime() - seenAt.getTime() > SILENT_AFTER_SECONDS * 1000,
  }));
}

/** JSON with its keys sorted: Postgres does not keep their order. */
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
