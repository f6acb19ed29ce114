import { readDemoRoles } from "~/auth/demo-accounts";
import { can } from "~/auth/permissions";
import type { SessionUser } from "~/auth/sessions";
import { areDemoReadersThere, readDemoReaders } from "~/platform/demo-readers";
import { readDemoUntil } from "~/platform/demo-until";
import type { Env } from "~/platform/env";
import type { PrismaClient } from "../../../../prisma/client/client";

/** What the overview of a demo site says about that; null on any other site. Rejects when Postgres does not answer. */
export async function readDemo(
  { db, env }: { db: PrismaClient; env: Env },
  { role }: Pick<SessionUser, "role">,
) {
  if ((await readDemoRoles(db, env)).length === 0) return null;
  const [until, readers, there] = await Promise.all([
    readDemoUntil(db),
    readDemoReaders(db),
    areDemoReadersThere(db),
  ]);
  return { until, readers, there, mayChange: can(role, "settings.change") };
}
