import { sleep } from "../../scripts/services/process";
import { skewedClock, type Victim } from "./cluster";
import { type Fault, HIT_WITHIN_MS, until } from "./fault";
import type { VictimTask } from "./victim";

const syncLabels = [
  "sync:shard-read",
  "sync:marks-committed",
  "sync:counts-settled",
  "sync:buffer-finished",
  "sync:buffer-closed",
];
const reconcileLabels = ["reconcile:redis-taught", "reconcile:rows-updated"];
export const syncKill: Fault = {
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

export const twoSyncs: Fault = {
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

export const reconcileKill: Fault = {
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

export const workerKill: Fault = {
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

export const webKill: Fault = {
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

/** @throws Error when the victim failed on its own: while both stores work, it should not. */
async function runTask(victim: Victim, task: VictimTask) {
  const how = await victim.run(task);
  if (typeof how === "object")
    throw new Error(`a ${task.work} failed though nothing was broken: ${how.failed}`);
  return how;
}

export const workersAway: Fault = {
  about: "no worker at all, while one web process cannot reach Redis: the web processes reconcile",
  outage: true,
  draw: (random) => ({ web: random.between(0, 1), holdMs: random.between(600, 1500) }),
  async inject({ cluster, tally }, { web, holdMs }) {
    const { proxy } = cluster.webs[Number(web) as 0 | 1];
    await Promise.all(cluster.workers.map((worker) => worker.kill()));
    proxy.fail({ kind: "refusing" });
    const before = tally.database;
    await sleep(Number(holdMs));
    await until(() => tally.database > before, Number(holdMs));
    proxy.heal();
    const { rows } = await cluster.pool.query<{ latest: string }>(
      `SELECT COALESCE(max(id), 0) AS latest FROM "StoryView" WHERE "reconciledAt" IS NULL`,
    );
    const latest = Number(rows[0]?.latest ?? 0);
    const reconciled = async () => {
      const left = await cluster.pool.query(
        `SELECT FROM "StoryView" WHERE id <= $1 AND "reconciledAt" IS NULL`,
        [latest],
      );
      return left.rowCount === 0;
    };
    for (const deadline = Date.now() + 12_000; Date.now() < deadline && !(await reconciled()); )
      await sleep(100);
    const done = latest > 0 && (await reconciled());
    cluster.fillWorkers();
    return done ? 1 : 0;
  },
};

export const clockSkew: Fault = {
  about:
    "a web process or a worker runs with a clock that is hours off, while one web process cannot reach Redis",
  outage: true,
  draw: (random) => ({
    hours: random.pick([-15, -2, 2, 15]),
    web: random.between(0, 1),
    worker: random.chance(0.3),
    holdMs: 5000,
  }),
  async inject({ cluster, tally, trigger }, { hours, web, worker, holdMs }) {
    const skewed = cluster.webs[Number(web) as 0 | 1];
    const skewMs = Number(hours) * 3_600_000;
    const restart = async (ms: number) => {
      if (worker) {
        await Promise.all(cluster.workers.map((one) => one.kill()));
        cluster.startWorker(skewedClock(ms));
      } else {
        await skewed.child.kill();
        await skewed.start(ms);
      }
    };
    await restart(skewMs);
    const { redis, database } = { ...tally };
    await until(() => tally.redis > redis, Number(holdMs));
    skewed.proxy.fail({ kind: "refusing" });
    await cluster.queue.runNow(trigger);
    await until(() => tally.database > database, HIT_WITHIN_MS);
    skewed.proxy.heal();
    const hit = tally.database > database;
    // What it has counted in Postgres is reconciled while its clock is still wrong.
    if (worker) await sleep(1000);
    await restart(0);
    return hit ? 1 : 0;
  },
};
