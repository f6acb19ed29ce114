import { type Actor, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import { readProcesses } from "~/telemetry/processes";
import type { PrismaClient } from "../../../prisma/client/client";
import { BadEdit } from "../rules";
import { LONGEST_DRILL_SECONDS, SHORTEST_DRILL_SECONDS } from "./limits";

/**
 * Starts a drill by a row in Postgres: every process sees it within a second and holds its breaker open until `endsAt`, even if the
 * process that started it dies. @returns its id. @throws BadEdit when a drill is running, or no process is counting in Redis.
 */
export async function startDrill(db: PrismaClient, actor: Actor, seconds: number): Promise<number> {
  if (!Number.isInteger(seconds) || seconds < SHORTEST_DRILL_SECONDS || seconds > LONGEST_DRILL_SECONDS)
    throw new BadEdit(
      `A drill must last ${SHORTEST_DRILL_SECONDS} to ${LONGEST_DRILL_SECONDS} seconds, in whole seconds.`,
    );
  return db.$transaction(async (tx) => {
    // If two operators start one at the same time, the second waits here and then finds the first one's drill.
    await tx.$executeRaw`LOCK TABLE "Drill" IN SHARE ROW EXCLUSIVE MODE`;
    const [running] = await tx.$queryRaw<{ id: number }[]>`
      SELECT id FROM "Drill" WHERE "endedAt" IS NULL AND "endsAt" > now() LIMIT 1`;
    if (running) throw new BadEdit("A drill is already running.");
    const [clock] = await tx.$queryRaw<{ now: Date }[]>`SELECT now()`;
    if (!clock) throw new Error("Postgres did not say what time it is");
    const reporting = (await readProcesses(tx, clock.now)).filter((process) => !process.silent);
    if (!reporting.some(({ mode }) => mode === "redis"))
      throw new BadEdit(
        "No process is counting in Redis, so there is nothing to rehearse. Deal with the real outage first.",
      );
    // By the database's clock, which is the same for every process.
    const [drill] = await tx.$queryRaw<{ id: number }[]>`
      INSERT INTO "Drill" ("startedAt", "endsAt", "startedBy", expected)
      VALUES (now(), now() + make_interval(secs => ${seconds}::int), ${actorName(actor)}, ${reporting.length}) RETURNING id`;
    if (!drill) throw new Error("the drill could not be written");
    await writeAudit(tx, actor, {
      action: "drill.start",
      target: `drill ${drill.id}`,
      after: { seconds, processes: reporting.length },
    });
    return drill.id;
  });
}

/** Ends the running drill now. @throws BadEdit when none is running. */
export async function abortDrill(db: PrismaClient, actor: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    const [drill] = await tx.$queryRaw<{ id: number }[]>`
      UPDATE "Drill" SET "endedAt" = GREATEST(now(), "startedAt" + interval '1 millisecond'), "abortedBy" = ${actorName(actor)}
      WHERE "endedAt" IS NULL AND "endsAt" > now() RETURNING id`;
    if (!drill) throw new BadEdit("No drill is running.");
    await writeAudit(tx, actor, { action: "drill.abort", target: `drill ${drill.id}` });
  });
}
