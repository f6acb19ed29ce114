import type { SerializeFrom } from "@remix-run/node";
import type { Env } from "~/platform/env";
import type { PrismaClient } from "../../../prisma/client/client";

/** The heartbeat to a service outside, without its address, whose path is a secret; null where none is set up. */
export async function readHeartbeat(
  db: PrismaClient,
  { HEARTBEAT_URL: url, HEARTBEAT_INTERVAL_SECONDS: everySeconds }: Env,
) {
  if (!url) return { setUp: null };
  const row = await db.heartbeat.findUnique({ where: { id: 1 } });
  return { setUp: { host: new URL(url).host, everySeconds, row } };
}

/** The heartbeat, as the browser gets it. */
export type HeartbeatRow = SerializeFrom<typeof readHeartbeat>;
