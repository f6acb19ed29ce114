import type { Redis } from "ioredis";

/** Knows which run of a Redis server a connection leads to. */
export interface ServerRun {
  /** The server's run id; null until it has been read on the present connection. */
  run(): string | null;
  /** Reads it. Rejects when Redis does not answer, or does not allow INFO. */
  readRun(): Promise<string>;
}

/** Scripts that run while Redis is full need it. Valkey reports 7 as its `redis_version`. */
const OLDEST_MAJOR = 7;

/**
 * Follows the server behind a connection. A server has a new run id each time it starts, and a replica has one of its own, so a
 * different run id tells that the data may be older than they were. A connection that was lost may lead to another server when
 * it is back, so a run id holds for one connection only.
 */
export function followServer(redis: Redis): ServerRun {
  let known: { connection: unknown; run: string } | null = null;
  let reading: { connection: unknown; run: Promise<string> } | null = null;

  async function read(connection: unknown): Promise<string> {
    const info = await redis.info("server");
    const run = /^run_id:(\w+)/m.exec(info)?.[1];
    if (!run) throw new Error("Redis does not tell its run id (INFO server)");
    const [version = "", major] = /^redis_version:(\d+)[\d.]*/m.exec(info) ?? [];
    if (Number(major) < OLDEST_MAJOR)
      throw new Error(
        `Tidemark needs Redis ${OLDEST_MAJOR} or newer, and this is ${version.slice("redis_version:".length)}`,
      );
    if (redis.stream !== connection) throw new Error("the connection to Redis was lost");
    known = { connection, run };
    return run;
  }

  return {
    run: () => (known?.connection === redis.stream ? (known?.run ?? null) : null),
    readRun() {
      const connection = redis.stream;
      if (reading && reading.connection === connection) return reading.run;
      const mine = { connection, run: read(connection) };
      reading = mine;
      const clear = () => {
        if (reading === mine) reading = null;
      };
      mine.run.then(clear, clear);
      return mine.run;
    },
  };
}
