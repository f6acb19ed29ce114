import type { PrismaClient } from "../../../prisma/client/client";

export interface DrillFollower {
  /** Looks once: holds the breaker while a drill runs, and lets go after it. Rejects when Postgres does not answer. */
  look(): Promise<void>;
  /** Lets go at once, and looks no more. */
  stop(): void;
}

interface Held {
  id: number;
  recovered: boolean;
}

/**
 * One process's part in drills. It asks Postgres every second, and remembers how long a drill has to go: the end comes also
 * when Postgres is away by then, or when whoever began it is gone. Nothing but the breaker of counting is touched.
 */
export function followDrills(options: {
  db: PrismaClient;
  process: string;
  role: string;
  hold(reason: string | null): void;
  /** Where this process counts. */
  mode(): string;
}): DrillFollower {
  const { db, hold } = options;
  let held: Held | null = null;
  let holding = false;
  let stopped = false;
  let end: NodeJS.Timeout | undefined;

  function letGo() {
    clearTimeout(end);
    if (!holding) return;
    holding = false;
    hold(null);
  }

  async function begin(drill: { id: number; left: number; by: string }) {
    const first = held?.id !== drill.id;
    clearTimeout(end);
    // Said anew at every look: an abort, or a clock that was set, moves it.
    end = setTimeout(letGo, drill.left);
    end.unref();
    if (!holding) {
      holding = true;
      hold(`drill ${drill.id}: a rehearsed outage, begun by ${drill.by}`);
    }
    if (!first) return;
    held = { id: drill.id, recovered: false };
    await db.$executeRaw`
      INSERT INTO "DrillProcess" ("drillId", process, role, "heldAt")
      VALUES (${drill.id}, ${options.process}, ${options.role}, clock_timestamp()) ON CONFLICT DO NOTHING`;
  }

  return {
    async look() {
      const [drill] = await db.$queryRaw<{ id: number; left: number; by: string }[]>`
        SELECT id, (extract(epoch FROM "endsAt" - clock_timestamp()) * 1000)::float8 AS left, "startedBy" AS by
        FROM "Drill" WHERE "endedAt" IS NULL AND "endsAt" > clock_timestamp() LIMIT 1`;
      if (stopped) return;
      if (drill) return begin(drill);
      letGo();
      if (held && !held.recovered && options.mode() === "redis") {
        await db.$executeRaw`
          UPDATE "DrillProcess" SET "recoveredAt" = clock_timestamp()
          WHERE "drillId" = ${held.id} AND process = ${options.process} AND "recoveredAt" IS NULL`;
        held = { ...held, recovered: true };
      }
    },
    stop() {
      stopped = true;
      letGo();
    },
  };
}
