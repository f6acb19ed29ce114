import { type Actor, writeAudit } from "~/platform/audit";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import type { PrismaClient } from "../../../prisma/client/client";
import { BadEdit } from "../rules";
import { LONGEST_DRILL_SECONDS, SHORTEST_DRILL_SECONDS } from "./limits";

/**
 * Begins a drill, in Postgres alone: every process sees it within a second and holds its breaker open until `endsAt`, whatever
 * becomes of who began it. @returns its id. @throws BadEdit when one is running, or nobody counts in Redis anyway.
 */
export async function startDrill(db: PrismaClient, actor: Actor, seconds: number): Promise<number> {
  if (!Number.isInteger(seconds) || seconds < SHORTEST_DRILL_SECONDS || seconds > LONGEST_DRILL_SECONDS)
    throw new BadEdit(`A drill lasts ${SHORTEST_DRILL_SECONDS} to ${LONGEST_DRILL_SECONDS} whole seconds.`);
  return db.$transaction(async (tx) => {
    // Two who press the button at once: the second waits here and then finds the first one's drill.
    await tx.$executeRaw`LOCK TABLE "Drill" IN SHARE ROW EXCLUSIVE MODE`;
    const [running] = await tx.$queryRaw<{ id: number }[]>`
      SELECT id FROM "Drill" WHERE "endedAt" IS NULL AND "endsAt" > now() LIMIT 1`;
    if (running) throw new BadEdit("A drill is running already: one at a time.");
    const [reporting] = await tx.$queryRaw<{ processes: number; inRedis: number }[]>`
      SELECT count(*)::int AS processes, (count(*) FILTER (WHERE mode = 'redis'))::int AS "inRedis"
      FROM (SELECT DISTINCT ON (process) process, mode FROM "Sample"
        WHERE at + make_interval(secs => span) > now() - make_interval(secs => ${SILENT_AFTER_SECONDS}::int)
        ORDER BY process, at DESC) latest`;
    if (!reporting?.inRedis)
      throw new BadEdit(
        "No process counts in Redis at present: there is nothing to rehearse. Look at the outage that you have.",
      );
    // By the database's clock, which is the same for every process.
    const [drill] = await tx.$queryRaw<{ id: number }[]>`
      INSERT INTO "Drill" ("startedAt", "endsAt", "startedBy", expected)
      VALUES (now(), now() + make_interval(secs => ${seconds}::int), ${actor.email}, ${reporting.processes}) RETURNING id`;
    if (!drill) throw new Error("the drill was not written");
    await writeAudit(tx, actor, {
      action: "drill.start",
      target: `drill ${drill.id}`,
      after: { seconds, processes: reporting.processes },
    });
    return drill.id;
  });
}

/** Ends the running drill now. @throws BadEdit when none is running. */
export async function abortDrill(db: PrismaClient, actor: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    const [drill] = await tx.$queryRaw<{ id: number }[]>`
      UPDATE "Drill" SET "endedAt" = GREATEST(now(), "startedAt" + interval '1 millisecond'), "abortedBy" = ${actor.email}
      WHERE "endedAt" IS NULL AND "endsAt" > now() RETURNING id`;
    if (!drill) throw new BadEdit("No drill is running.");
    await writeAudit(tx, actor, { action: "drill.abort", target: `drill ${drill.id}` });
  });
}
