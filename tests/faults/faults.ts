import type { Random } from "../../prisma/seed/random";
import { sleep } from "../../scripts/services/process";
import type { Tally } from "./client";
import type { Cluster, Victim } from "./cluster";
import type { Mutant } from "./mutants";
import type { Order } from "./victim";

/** What the seed decided about one fault; plain values, so that a plan can be printed. */
export type Params = Record<string, string | number | boolean>;

/** What a fault works with while readers read. */
export interface Scene {
  stage: Cluster;
  /** Answers so far in this run, growing while the fault lasts. */
  tally: Tally;
  /** Names this run's syncs. */
  trigger: string;
  /** A bug that the victims' sync has. */
  plant: Mutant | null;
}

export interface Fault {
  about: string;
  /** Whether views may be counted in Postgres or the journal because of it. */
  outage: boolean;
  /** `live`: all views fall into the current hour, so a sync has one buffer to carry. */
  draw(random: Random, live: boolean): Params;
  /** Breaks something, waits, heals it. Answers how often it struck for certain: 0 when nothing was hit. */
  strike(scene: Scene, params: Params): Promise<number>;
}

const syncLabels = [
  "sync:snapshot-taken",
  "sync:marks-committed",
  "sync:buffer-settled",
  "sync:buffer-closed",
];
const reconcileLabels = ["reconcile:redis-taught", "reconcile:rows-updated"];
/** How long stores stay away, ms: shorter than the breakers' patience, and longer than several probes. */
const hold = (random: Random) => random.between(100, 1300);
/** A fault that needs readers to be hit waits for them this long, ms. */
const HIT_WITHIN_MS = 2500;

const syncKill: Fault = {
  about: "SIGKILL of a process at a labelled step of the sync",
  outage: false,
  draw: (random, live) => {
    const label = random.pick(syncLabels);
    return {
      label,
      nth: random.between(1, label === "sync:snapshot-taken" ? 4 : live ? 1 : 4),
      afterMs: random.between(0, 40),
    };
  },
  async strike({ stage, trigger, plant }, { label, nth, afterMs }) {
    const victim = await stage.takeVictim();
    await sleep(Number(afterMs));
    const kill = { label: String(label), nth: Number(nth) };
    return (await worked(victim, { work: "sync", kill, plant, trigger })) === "killed" ? 1 : 0;
  },
};

const twoSyncs: Fault = {
  about: "two or three syncs at the same moment, one of them killed now and then",
  outage: false,
  draw: (random) => ({
    syncs: random.between(2, 3),
    label: random.chance(0.4) ? random.pick(syncLabels) : "",
    nth: random.between(1, 4),
  }),
  async strike({ stage, trigger, plant }, { syncs, label, nth }) {
    const victims = await Promise.all(Array.from({ length: Number(syncs) }, () => stage.takeVictim()));
    const name = `${trigger} together ${Date.now()}`;
    await Promise.all(
      victims.map((victim, i) => {
        const kill = i === 0 && label !== "" ? { label: String(label), nth: Number(nth) } : null;
        return worked(victim, { work: "sync", kill, plant, trigger: name });
      }),
    );
    const { rows } = await stage.pool.query<{ pairs: number }>(
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
  async strike(scene, { label, web, holdMs }) {
    const { stage, trigger } = scene;
    const proxy = stage.webs[Number(web) as 0 | 1].proxy;
    proxy.refuse();
    try {
      for (let tries = 0; tries < 4; tries += 1) {
        const victim = await stage.takeVictim();
        const before = scene.tally.database;
        await until(() => scene.tally.database > before, Number(holdMs));
        const order = {
          work: "reconcile",
          kill: { label: String(label), nth: 1 },
          plant: null,
          trigger,
        } as const;
        if ((await victim.run(order)) === "killed") return 1;
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
  async strike({ stage, trigger }, { label, web }) {
    const proxy = stage.webs[Number(web) as 0 | 1].proxy;
    const reconciling = String(label).startsWith("reconcile");
    await Promise.all(stage.workers.map((worker) => worker.kill()));
    const doomed = stage.startWorker({ FAULT_KILL_AT: String(label) });
    doomed.expectEnd();
    if (reconciling) proxy.refuse();
    await stage.queue.runNow(trigger);
    const how = await Promise.race([doomed.gone, sleep(10_000)]);
    await doomed.kill();
    proxy.heal();
    stage.fillWorkers();
    return how && how.signal === "SIGKILL" ? 1 : 0;
  },
};

const webKill: Fault = {
  about: "SIGKILL of a web process while it answers views; started again",
  outage: false,
  draw: (random) => ({
    web: random.between(0, 1),
    afterMs: random.between(20, 150),
    holdMs: random.between(0, 400),
  }),
  async strike({ stage }, { web, afterMs, holdMs }) {
    const victim = stage.webs[Number(web) as 0 | 1];
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
  async strike(scene, { holdMs, sync }) {
    const { stage, tally } = scene;
    if (sync) void stage.queue.runNow(scene.trigger);
    const before = elsewhere(tally);
    stage.redisServer.freeze();
    await sleep(Number(holdMs));
    await until(() => elsewhere(tally) > before, HIT_WITHIN_MS);
    stage.redisServer.thaw();
    return elsewhere(tally) > before ? 1 : 0;
  },
};

const redisKill: Fault = {
  about: "kill -9 of Redis, started again from its append-only file",
  outage: true,
  draw: (random) => ({ holdMs: hold(random), sync: random.chance(0.4) }),
  async strike({ stage, trigger }, { holdMs, sync }) {
    if (sync) void stage.queue.runNow(trigger);
    await stage.redisServer.kill();
    await sleep(Number(holdMs));
    await stage.redisServer.start();
    return 1;
  },
};

const postgresKill: Fault = {
  about: "kill -9 of Postgres, all its processes, in the middle of a sync; started again",
  outage: true,
  draw: (random) => ({ holdMs: hold(random), afterMs: random.between(0, 60) }),
  async strike({ stage, trigger }, { holdMs, afterMs }) {
    await stage.queue.runNow(trigger);
    await sleep(Number(afterMs));
    await stage.postgres.kill();
    await sleep(Number(holdMs));
    await stage.postgres.start();
    return 1;
  },
};

const droppedReplies: Fault = {
  about: "a proxy between web and Redis delivers requests and loses the replies",
  outage: true,
  draw: (random) => ({ web: random.between(0, 2), holdMs: random.between(300, 1300) }),
  async strike({ stage }, { web, holdMs }) {
    const proxies = stage.webs.filter((_, i) => web === 2 || web === i).map(({ proxy }) => proxy);
    const lost = () => proxies.reduce((sum, proxy) => sum + proxy.swallowed(), 0);
    const before = lost();
    for (const proxy of proxies) proxy.swallow();
    await sleep(Number(holdMs));
    await until(() => lost() > before, HIT_WITHIN_MS);
    for (const proxy of proxies) proxy.heal();
    return lost() > before ? 1 : 0;
  },
};

const bothDown: Fault = {
  about: "Redis and Postgres away together, killed or frozen; a web process killed in between now and then",
  outage: true,
  draw: (random) => ({
    redis: random.pick(["kill", "freeze"]),
    postgres: random.pick(["kill", "freeze"]),
    redisFirst: random.chance(0.5),
    web: random.chance(0.3) ? random.between(0, 1) : -1,
    holdMs: random.between(1300, 2200),
  }),
  async strike({ stage, tally }, params) {
    const down = (how: unknown, store: Cluster["postgres"]) =>
      how === "kill" ? store.kill() : store.freeze();
    const up = (how: unknown, store: Cluster["postgres"]) => (how === "kill" ? store.start() : store.thaw());
    const before = tally.journal;
    await Promise.all([down(params.redis, stage.redisServer), down(params.postgres, stage.postgres)]);
    await sleep(Number(params.holdMs));
    await until(() => tally.journal > before, HIT_WITHIN_MS);
    const web = stage.webs[Number(params.web)];
    if (web) await web.child.kill();
    const stores = [() => up(params.redis, stage.redisServer), () => up(params.postgres, stage.postgres)];
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

/** @throws Error when the victim failed of itself: with both stores well it has no reason to. */
async function worked(victim: Victim, order: Order) {
  const how = await victim.run(order);
  if (typeof how === "object")
    throw new Error(`a ${order.work} failed though nothing was broken: ${how.failed}`);
  return how;
}

const elsewhere = (tally: Tally) => tally.database + tally.journal;

async function until(what: () => boolean, ms: number) {
  const deadline = Date.now() + ms;
  while (!what() && Date.now() < deadline) await sleep(5);
}
