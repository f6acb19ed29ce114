import type { Redis } from "ioredis";
import { type KeyKind, kindOfKey } from "./key-kinds";
import { readSetting } from "./server-state";

/** A command that took long, without its arguments: they may hold a reader's key, or what another program wrote. */
export interface SlowCommand {
  id: number;
  at: Date;
  microseconds: number;
  /** `HSCAN`, `CLIENT LIST`. */
  command: string;
  /** What its first key is for; null for a command without one of our keys. */
  kind: KeyKind | null;
  arguments: number;
  /** The connection's name if it is one of ours. */
  client: string | null;
}

export interface SlowCommands {
  /** The latest, newest first. */
  commands: SlowCommand[];
  /** Redis logs a command that took longer; null where CONFIG may not be read. */
  thresholdUs: number | null;
}

const LATEST = 25;
const WORD = /^[A-Za-z][A-Za-z-]{0,24}$/;
/** Commands whose first argument is a part of their name. */
const CONTAINERS = ["CLIENT", "CONFIG", "SLOWLOG", "MEMORY", "LATENCY", "XINFO", "SCRIPT", "FUNCTION"];

/** Reads the slow log. Rejects when Redis does not answer or refuses. */
export async function readSlowCommands(redis: Redis, prefix: string): Promise<SlowCommands> {
  const [entries, threshold] = await Promise.all([
    redis.slowlog("GET", LATEST) as Promise<unknown[]>,
    readSetting(redis, "slowlog-log-slower-than"),
  ]);
  return {
    commands: entries.map((entry) => describeEntry(entry as SlowLogEntry, prefix)),
    thresholdUs: threshold === null ? null : Number(threshold),
  };
}

type SlowLogEntry = [
  id: number,
  at: number,
  microseconds: number,
  args: string[],
  address?: string,
  name?: string,
];

/** Leaves everything out of an entry that is not Tidemark's own word. */
export function describeEntry(
  [id, at, microseconds, args, , name = ""]: SlowLogEntry,
  prefix: string,
): SlowCommand {
  const [first = "", second = ""] = args;
  const word = WORD.test(first) ? first.toUpperCase() : "?";
  const command = CONTAINERS.includes(word) && WORD.test(second) ? `${word} ${second.toUpperCase()}` : word;
  // EVALSHA digest keys key: its key is the fourth word.
  const key = /^(EVAL|FCALL)/.test(word) ? (args[3] ?? "") : second;
  const kind = kindOfKey(key, prefix);
  return {
    id,
    at: new Date(at * 1000),
    microseconds,
    command,
    kind: kind === "other" ? null : kind,
    // Redis itself cuts long lists: "... (34 more arguments)".
    arguments:
      args.length - 1 + Number(/^\.\.\. \((\d+) more arguments\)$/.exec(args.at(-1) ?? "")?.[1] ?? 1) - 1,
    client: ownName(name),
  };
}

/** A connection's name if Tidemark gave it; null for any other text. */
export function ownName(name: string): string | null {
  if (/^tidemark-[a-z]+$/.test(name)) return name;
  // BullMQ names a worker's connections after the queue, in base64.
  return /^\S*\{tidemark\}:[A-Za-z0-9+/=]+(:w:.*)?$/.test(name) ? "tidemark-worker" : null;
}
