import type { PrismaClient } from "../../../prisma/client/client";

export interface DrillFollower {
  /** Checks for a drill once: holds the breaker while one runs, and releases it afterwards. Rejects when Postgres does not answer. */
  poll(): Promise<void>;
  /** Releases the breaker now, and ignores drills from then on. */
  stop(): void;
}

interface JoinedDrill {
  id: number;
  recovered: boolean;
}

interface RunningDrill {
  id: number;
  msLeft: number;
  startedBy: string;
}

/**
 * One process's part in drills. It polls Postgres and remembers when the drill ends, so the drill also ends when Postgres is down
 * by then, or when the process that started it has died. It touches only the breaker that counting uses.
 */
export function followDrills(options: {
  db: PrismaClient;
  process: string;
  role: string;
  hold(reason: string | null): void;
  /** The mode that this process counts in. */
  mode(): string;
}): DrillFollower {
  const { db, hold } = options;
  let joined: JoinedDrill | null = null;
  let holding = false;
  let stopped = false;
  let endTimer: NodeJS.Timeout | undefined;

  function release() {
    clearTimeout(endTimer);
    if (!holding) return;
    holding = false;
    hold(null);
  }

  async function join(drill: RunningDrill) {
    const isNew = joined?.id !== drill.id;
    clearTimeout(endTimer);
    // Set again at every poll: an abort or a clock adjustment moves the end.
    endTimer = setTimeout(release, drill.msLeft);
    endTimer.unref();
    if (!holding) {
      holding = true;
      hold(`drill ${drill.id}: a rehearsed outage, started by ${drill.startedBy}`);
    }
    if (!isNew) return;
    joined = { id: drill.id, recovered: false };
    await db.$executeRaw`
      INSERT INTO "DrillProcess" ("drillId", process, role, "heldAt")
      VALUES (${drill.id}, ${options.process}, ${options.role}, clock_timestamp()) ON CONFLICT DO NOTHING`;
  }

  return {
    async poll() {
      const [drill] = await db.$queryRaw<RunningDrill[]>`
        SELECT id, (extract(epoch FROM "endsAt" - clock_timestamp()) * 1000)::float8 AS "msLeft", "startedBy"
        FROM "Drill" WHERE "endedAt" IS NULL AND "endsAt" > clock_timestamp() LIMIT 1`;
      if (stopped) return;
      if (drill) return join(drill);
      release();
      if (joined && !joined.recovered && options.mode() === "redis") {
        await db.$executeRaw`
          UPDATE "DrillProcess" SET "recoveredAt" = clock_timestamp()
          WHERE "drillId" = ${joined.id} AND process = ${options.process} AND "recoveredAt" IS NULL`;
        joined = { ...joined, recovered: true };
      }
    },
    stop() {
      stopped = true;
      release();
    },
  };
}
