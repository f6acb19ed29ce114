import type { Random } from "../../prisma/seed/random";
import { sleep } from "../../scripts/services/process";
import type { Tally } from "./client";
import type { Cluster, Victim } from "./cluster";
import type { Mutant } from "./mutants";
import type { VictimTask } from "./victim";

/** What the seed decided about one fault. Plain values, so that a plan can be printed. */
export type Params = Record<string, string | number | boolean>;

/** What a fault can use while readers read. */
export interface FaultContext {
  cluster: Cluster;
  /** Answers so far in this run, growing while the fault lasts. */
  tally: Tally;
  /** The trigger of this run's syncs, by which they are found. */
  trigger: string;
  /** A bug in the sync of the victims. */
  mutant: Mutant | null;
}

export interface Fault {
  about: string;
  /** Whether views may be counted in Postgres or the journal because of it. */
  outage: boolean;
  /** `live`: all views fall into the current hour, so a sync finds one buffer. */
  draw(random: Random, live: boolean): Params;
  /** Breaks something, waits, and heals it. Returns how often it certainly hit; 0 when it hit nothing. */
  inject(context: FaultContext, params: Params): Promise<number>;
}

const syncLabels = [
  "sync:shard-read",
  "sync:marks-committed",
  "sync:counts-settled",
  "sync:buffer-finished",
  "sync:buffer-closed",
];
const reconcileLabels = ["reconcile:redis-taught", "reconcile:rows-updated"];
/** How long stores stay down, ms: from less than a breaker's timeout to several probes. */
const hold = (random: Random) => random.between(100, 1300);
/** A fault that hits only when readers come waits this long for them, ms. */
const HIT_WITHIN_MS = 2500;

const syncKill: Fault = {
  about: "SIGKILL of a process at a labelled step of the sync",
  outage: false,
  draw: (random, live) => {
    const label = random.pick(syncLabels);
    return {
      label,
      nth: random.between(1, label === "sync:shard-read" ? 4 : live ? 1 : 4),
      afterMs: random.between(0, 40),
    };
  },
  async inject({ cluster, trigger, mutant }, { label, nth, afterMs }) {
    const victim = await cluster.takeVictim();
    await sleep(Number(afterMs));
    const kill = { label: String(label), nth: Number(nth) };
    return (await runTask(victim, { work: "sync", kill, mutant, trigger })) === "killed" ? 1 : 0;
  },
};

const twoSyncs: Fault = {
  about: "two or three syncs at the same moment, one of them sometimes killed",
  outage: false,
  draw: (random) => ({
    syncs: random.between(2, 3),
    label: random.chance(0.4) ? random.pick(syncLabels) : "",
    nth: random.between(1, 4),
  }),
  async inject({ cluster, trigger, mutant }, { syncs, label, nth }) {
    const victims = await Promise.all(Array.from({ length: Number(syncs) }, () => cluster.takeVictim()));
    const name = `${trigger} together ${Date.now()}`;
    await Promise.all(
      victims.map((victim, i) => {
        const kill = i === 0 && label !== "" ? { label: String(label), nth: Number(nth) } : null;
        return runTask(victim, { work: "sync", kill, mutant, trigger: name });
      }),
    );
    const { rows } = await cluster.pool.query<{ pairs: number }>(
      `SELECT count(*)::int AS pairs FROM "SyncRun" a JOIN "SyncRun" b ON a.id < b.id
       WHERE a.trigger = $1 AND b.trigger = $1 AND b."startedAt" <= COALESCE(a."endedAt", now())
         AND a."startedAt" <= COALESCE(b."endedAt", now())`,
      [name],
    );
    return rows[0]?.pairs ? 1 : 0;
  },
};

const reconcileKill: Fault = {
  about: "SIGKILL of a process at a labelled step of reconcile, while one web process cannot reach Redis",
  outage: true,
  draw: (random) => ({ label: random.pick(reconcileLabels), web: random.between(0, 1), holdMs: 500 }),
  async inject(context, { label, web, holdMs }) {
    const { cluster, trigger } = context;
    const proxy = cluster.webs[Number(web) as 0 | 1].proxy;
    proxy.fail({ kind: "refusing" });
    try {
      for (let tries = 0; tries < 4; tries += 1) {
        const victim = await cluster.takeVictim();
        const before = context.tally.database;
        await until(() => context.tally.database > before, Number(holdMs));
        const task = {
          work: "reconcile",
          kill: { label: String(label), nth: 1 },
          mutant: null,
          trigger,
        } as const;
        if ((await victim.run(task)) === "killed") return 1;
      }
      return 0;
    } finally {
      proxy.heal();
    }
  },
};

const workerKill: Fault = {
  about: "SIGKILL of the worker itself at a labelled step of its sync or reconcile; two others take over",
  outage: true,
  draw: (random) => ({
    label: random.pick([...syncLabels, ...reconcileLabels]),
    web: random.between(0, 1),
    holdMs: 2000,
  }),
  async inject({ cluster, trigger }, { label, web }) {
    const proxy = cluster.webs[Number(web) as 0 | 1].proxy;
    const reconciling = String(label).startsWith("reconcile");
    await Promise.all(cluster.workers.map((worker) => worker.kill()));
    const doomed = cluster.startWorker({ FAULT_KILL_AT: String(label) });
    doomed.expectEnd();
    if (reconciling) proxy.fail({ kind: "refusing" });
    await cluster.queue.runNow(trigger);
    const how = await Promise.race([doomed.gone, sleep(10_000)]);
    await doomed.kill();
    proxy.heal();
    cluster.fillWorkers();
    return how && how.signal === "SIGKILL" ? 1 : 0;
  },
};

const webKill: Fault = {
  about: "SIGKILL of a web process while it answers views; it is started again",
  outage: false,
  draw: (random) => ({
    web: random.between(0, 1),
    afterMs: random.between(20, 150),
    holdMs: random.between(0, 400),
  }),
  async inject({ cluster }, { web, afterMs, holdMs }) {
    const victim = cluster.webs[Number(web) as 0 | 1];
    await sleep(Number(afterMs));
    await victim.child.kill();
    await sleep(Number(holdMs));
    await victim.start();
    return 1;
  },
};

const redisFreeze: Fault = {
  about: "SIGSTOP of Redis, then SIGCONT",
  outage: true,
  draw: (random) => ({ holdMs: random.between(500, 1400), sync: random.chance(0.4) }),
  async inject(context, { holdMs, sync }) {
    const { cluster, tally } = context;
    if (sync) void cluster.queue.runNow(context.trigger);
    const before = outsideRedis(tally);
    cluster.redisServer.freeze();
    await sleep(Number(holdMs));
    await until(() => outsideRedis(tally) > before, HIT_WITHIN_MS);
    cluster.redisServer.thaw();
    return outsideRedis(tally) > before ? 1 : 0;
  },
};

const redisKill: Fault = {
  about: "kill -9 of Redis, which is started again from its append-only file",
  outage: true,
  draw: (random) => ({ holdMs: hold(random), sync: random.chance(0.4) }),
  async inject({ cluster, trigger }, { holdMs, sync }) {
    if (sync) void cluster.queue.runNow(trigger);
    await cluster.redisServer.kill();
    await sleep(Number(holdMs));
    await cluster.redisServer.start();
    return 1;
  },
};

const postgresKill: Fault = {
  about: "kill -9 of Postgres, all its processes, in the middle of a sync; it is started again",
  outage: true,
  draw: (random) => ({ holdMs: hold(random), afterMs: random.between(0, 60) }),
  async inject({ cluster, trigger }, { holdMs, afterMs }) {
    await cluster.queue.runNow(trigger);
    await sleep(Number(afterMs));
    await cluster.postgres.kill();
    await sleep(Number(holdMs));
    await cluster.postgres.start();
    return 1;
  },
};

const droppedReplies: Fault = {
  about: "a proxy between web and Redis delivers requests and loses the replies",
  outage: true,
  draw: (random) => ({ web: random.between(0, 2), holdMs: random.between(300, 1300) }),
  async inject({ cluster }, { web, holdMs }) {
    const proxies = cluster.webs.filter((_, i) => web === 2 || web === i).map(({ proxy }) => proxy);
    const lost = () => proxies.reduce((sum, proxy) => sum + proxy.dropped(), 0);
    const before = lost();
    for (const proxy of proxies) proxy.fail({ kind: "dropping" });
    await sleep(Number(holdMs));
    await until(() => lost() > before, HIT_WITHIN_MS);
    for (const proxy of proxies) proxy.heal();
    return lost() > before ? 1 : 0;
  },
};

const bothDown: Fault = {
  about: "Redis and Postgres down together, killed or frozen; sometimes a web process is killed meanwhile",
  outage: true,
  draw: (random) => ({
    redis: random.pick(["kill", "freeze"]),
    postgres: random.pick(["kill", "freeze"]),
    redisFirst: random.chance(0.5),
    web: random.chance(0.3) ? random.between(0, 1) : -1,
    holdMs: random.between(1300, 2200),
  }),
  async inject({ cluster, tally }, params) {
    const down = (how: unknown, store: Cluster["postgres"]) =>
      how === "kill" ? store.kill() : store.freeze();
    const up = (how: unknown, store: Cluster["postgres"]) => (how === "kill" ? store.start() : store.thaw());
    const before = tally.journal;
    await Promise.all([down(params.redis, cluster.redisServer), down(params.postgres, cluster.postgres)]);
    await sleep(Number(params.holdMs));
    await until(() => tally.journal > before, HIT_WITHIN_MS);
    const web = cluster.webs[Number(params.web)];
    if (web) await web.child.kill();
    const stores = [() => up(params.redis, cluster.redisServer), () => up(params.postgres, cluster.postgres)];
    for (const heal of params.redisFirst ? stores : stores.reverse()) {
      await heal();
      await sleep(100);
    }
    if (web) await web.start();
    return tally.journal > before ? 1 : 0;
  },
};

/** Every fault by its name on the command line. */
export const faults = {
  "sync-kill": syncKill,
  "two-syncs": twoSyncs,
  "reconcile-kill": reconcileKill,
  "worker-kill": workerKill,
  "web-kill": webKill,
  "redis-freeze": redisFreeze,
  "redis-kill": redisKill,
  "postgres-kill": postgresKill,
  "dropped-replies": droppedReplies,
  "both-down": bothDown,
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/** @throws Error when the victim failed on its own: while both stores work, it should not. */
async function runTask(victim: Victim, task: VictimTask) {
  const how = await victim.run(task);
  if (typeof how === "object")
    throw new Error(`a ${task.work} failed though nothing was broken: ${how.failed}`);
  return how;
}

const outsideRedis = (tally: Tally) => tally.database + tally.journal;

async function until(ready: () => boolean, ms: number) {
  const deadline = Date.now() + ms;
  while (!ready() && Date.now() < deadline) await sleep(5);
}
