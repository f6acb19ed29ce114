import { nameUsers } from "~/platform/people";
import type { Prisma, PrismaClient } from "../../../prisma/client/client";

/** One shard of one run, as `runSync` stored it. */
export interface ShardOfRun {
  shard: number;
  targets: number;
  views: number;
  orphans: number;
  behind: number;
  error: string | null;
}

const RUNS = 25;

/** The latest runs of the sync with their shards, newest first. */
export async function listRunsWithShards(db: PrismaClient) {
  const runs = await db.syncRun.findMany({ orderBy: { startedAt: "desc" }, take: RUNS });
  return (await nameUsers(db, runs, ["trigger"], "name")).map((run) => ({
    ...run,
    shards: parseShards(run.shards),
  }));
}

const parseShards = (shards: Prisma.JsonValue) =>
  Array.isArray(shards) ? (shards as unknown as ShardOfRun[]) : [];
