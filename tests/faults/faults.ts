import type { Random } from "../../prisma/seed/random";
import type { Fault, Params } from "./fault";
import { storyDeleted, switchedByOperator } from "./people-faults";
import {
  bothDown,
  lostCommit,
  postgresDead,
  postgresFreeze,
  postgresKill,
  postgresLocked,
  postgresReadOnly,
  postgresSlow,
} from "./postgres-faults";
import {
  clockSkew,
  reconcileKill,
  syncKill,
  twoSyncs,
  webKill,
  workerKill,
  workersAway,
} from "./process-faults";
import {
  droppedReplies,
  outageTwice,
  redisFlush,
  redisFreeze,
  redisFull,
  redisKill,
  redisOlder,
  repliesToWorkersLost,
} from "./redis-faults";

/** Faults of Redis or of its network, and faults of everything else: one of each may strike at the same time. */
const ofRedis = {
  "redis-freeze": redisFreeze,
  "redis-kill": redisKill,
  "redis-full": redisFull,
  "dropped-replies": droppedReplies,
};
const ofOthers = {
  "postgres-kill": postgresKill,
  "postgres-freeze": postgresFreeze,
  "web-kill": webKill,
  "sync-kill": syncKill,
};

const twoAtOnce: Fault = {
  about: "a fault of Redis and one of Postgres or of a process at the same time",
  outage: true,
  draw(random: Random, live: boolean) {
    const [a, b] = [random.pick(Object.keys(ofRedis)), random.pick(Object.keys(ofOthers))];
    const params = [
      ofRedis[a as keyof typeof ofRedis].draw(random, live),
      ofOthers[b as keyof typeof ofOthers].draw(random, live),
    ];
    return {
      redis: a,
      other: b,
      params: JSON.stringify(params),
      holdMs: 1200,
      web: Number(params[1]?.web ?? -1),
    };
  },
  async inject(context, { redis, other, params }) {
    const [first, second] = JSON.parse(String(params)) as [Params, Params];
    const both = [
      ofRedis[redis as keyof typeof ofRedis].inject(context, first),
      // A sync that is killed may find a store away instead, as it is meant to.
      ofOthers[other as keyof typeof ofOthers].inject(context, second).catch(() => 0),
    ];
    const [hits] = await Promise.all(both);
    return hits ?? 0;
  },
};

/** Every fault by its name on the command line. */
export const faults = {
  "sync-kill": syncKill,
  "two-syncs": twoSyncs,
  "reconcile-kill": reconcileKill,
  "worker-kill": workerKill,
  "workers-away": workersAway,
  "web-kill": webKill,
  "clock-skew": clockSkew,
  switched: switchedByOperator,
  "story-deleted": storyDeleted,
  "redis-freeze": redisFreeze,
  "redis-kill": redisKill,
  "redis-full": redisFull,
  "redis-older": redisOlder,
  "redis-flush": redisFlush,
  "outage-twice": outageTwice,
  "dropped-replies": droppedReplies,
  "replies-to-workers": repliesToWorkersLost,
  "postgres-kill": postgresKill,
  "postgres-freeze": postgresFreeze,
  "postgres-locked": postgresLocked,
  "postgres-read-only": postgresReadOnly,
  "postgres-dead": postgresDead,
  "postgres-slow": postgresSlow,
  "lost-commit": lostCommit,
  "both-down": bothDown,
  "two-at-once": twoAtOnce,
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];
