import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { allShards, shardTag } from "~/tracker/shard";
import { followServer } from "./server-run";

const lua = (name: string) => readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), "utf8");
const life = lua("life");
const seen = life + lua("seen");

/** A full Redis refuses scripts that write. These lead to freed memory, so they run all the same (Redis 7 or newer). */
const whenFull = (text: string) => `#!lua flags=allow-oom\n${text}`;

const scripts = {
  record: seen + lua("record"),
  reconcile: seen + lua("reconcile"),
  counted: seen + lua("counted"),
  details: life + lua("details"),
  renew: life + lua("renew"),
  shard: whenFull(life + lua("shard")),
  adopt: whenFull(life + lua("adopt")),
  settle: whenFull(lua("settle")),
  close: whenFull(lua("close")),
};
export type ScriptName = keyof typeof scripts;
export type ScriptArgument = string | number;

/** Runs Tidemark's scripts on one connection. */
export interface Scripts {
  /** Runs the script on a shard. Rejects when Redis does not answer or refuses. */
  run(name: ScriptName, shard: number, args: ScriptArgument[]): Promise<unknown>;
  /** The same for a script that may begin a life of the ledger: `args` gets the server's run id and an id that no ledger has had. */
  runInLife(
    name: ScriptName,
    shard: number,
    args: (run: string, newId: string) => ScriptArgument[],
  ): Promise<unknown>;
  /** The name of one of a shard's keys. */
  key(shard: number, name: string): string;
}

/** Operators read why views are counted elsewhere; ioredis's own message talks about its options. */
export function throwReadable(error: Error): never {
  throw error.message.startsWith("Stream isn't writeable")
    ? new Error("there is no connection to Redis")
    : error;
}

/** Prepares the scripts. `prefix` starts the name of every key. */
export function prepareScripts(redis: Redis, prefix: string): Scripts {
  for (const [name, text] of Object.entries(scripts))
    redis.defineCommand(`tide_${name}`, { lua: text, numberOfKeys: 1 });
  const commands = redis as unknown as Record<string, (...args: ScriptArgument[]) => Promise<unknown>>;
  const server = followServer(redis);
  const tags = allShards.map((shard) => prefix + shardTag(shard));
  const ledgers = tags.map((tag) => `${tag}:ledger`);

  const run: Scripts["run"] = (name, shard, args) => {
    const answer = commands[`tide_${name}`]?.(ledgers[shard] ?? "", ...args);
    return answer?.catch(throwReadable) ?? Promise.reject(new Error(`there is no script ${name}`));
  };
  return {
    run,
    runInLife(name, shard, args) {
      const known = server.run();
      if (known) return run(name, shard, args(known, newId()));
      return server
        .readRun()
        .catch(throwReadable)
        .then((found) => run(name, shard, args(found, newId())));
    },
    key: (shard, name) => `${tags[shard]}:${name}`,
  };
}

const ID_BYTES = 6;
/** Random bytes for some hundred ids: drawing six for every call of a script took 1.4 % of a web process's time. */
const random = { bytes: Buffer.alloc(0), used: 0 };

/** 48 random bits in 8 characters. */
function newId(): string {
  if (random.used === random.bytes.length)
    Object.assign(random, { bytes: randomBytes(ID_BYTES * 512), used: 0 });
  random.used += ID_BYTES;
  return random.bytes.toString("base64url", random.used - ID_BYTES, random.used);
}
