import type { Redis } from "ioredis";
import { infoField } from "~/platform/redis-safety";
import { ownName } from "./slow-commands";

/** Connections with one name. */
export interface ClientGroup {
  /** Null for all that Tidemark did not name. */
  name: string | null;
  connections: number;
  /** The longest that one is connected, and that one was silent. */
  oldestSeconds: number;
  idleSeconds: number;
  /** Memory of their buffers. */
  bytes: number;
}

/** Listing more would hold Redis up for longer than a view may wait. */
const MOST = 1000;

export interface Clients {
  /** Null when there are too many to list. */
  groups: ClientGroup[] | null;
}

/** Reads the connections by name. Rejects when Redis does not answer or refuses. */
export async function readClients(redis: Redis): Promise<Clients> {
  const info = await redis.info("clients");
  if (Number(infoField(info, "connected_clients")) > MOST) return { groups: null };
  return { groups: groupClients(String(await redis.client("LIST"))) };
}

/** Groups the lines of CLIENT LIST, the largest group first. */
export function groupClients(list: string): ClientGroup[] {
  const groups = new Map<string | null, ClientGroup>();
  for (const line of list.split("\n").filter(Boolean)) {
    const field = (key: string) => new RegExp(`(?:^| )${key}=(\\S*)`).exec(line)?.[1] ?? "";
    const name = ownName(field("name"));
    const group = groups.get(name) ?? { name, connections: 0, oldestSeconds: 0, idleSeconds: 0, bytes: 0 };
    group.connections += 1;
    group.oldestSeconds = Math.max(group.oldestSeconds, Number(field("age")));
    group.idleSeconds = Math.max(group.idleSeconds, Number(field("idle")));
    group.bytes += Number(field("tot-mem"));
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => b.connections - a.connections);
}
