import { sleep } from "../../scripts/services/process";
import type { Cluster } from "./cluster";
import { type Fault, HIT_WITHIN_MS, hold, until } from "./fault";

export const postgresKill: Fault = {
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

export const bothDown: Fault = {
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

/** Redis is unreachable for one web process, so that it counts in Postgres, while `work` breaks Postgres for it. */
async function withoutRedis<T>(
  cluster: Cluster,
  web: unknown,
  work: (web: Cluster["webs"][number]) => Promise<T>,
) {
  const chosen = cluster.webs[Number(web) as 0 | 1];
  chosen.proxy.fail({ kind: "refusing" });
  try {
    return await work(chosen);
  } finally {
    chosen.proxy.heal();
  }
}

export const postgresFreeze: Fault = {
  about: "SIGSTOP of Postgres alone, in the middle of a sync, then SIGCONT",
  outage: true,
  draw: (random) => ({ holdMs: random.between(500, 2500) }),
  async inject({ cluster, trigger }, { holdMs }) {
    await cluster.queue.runNow(trigger);
    cluster.postgres.freeze();
    const asked = cluster.pool.query("SELECT 1").then(
      () => "answered",
      () => "failed",
    );
    const first = await Promise.race([asked, sleep(Number(holdMs)).then(() => "frozen")]);
    cluster.postgres.thaw();
    return first === "frozen" ? 1 : 0;
  },
};

export const postgresLocked: Fault = {
  about: "a story's row stays locked while one web process counts in Postgres, and while a sync runs",
  outage: true,
  draw: (random) => ({ holdMs: random.between(600, 1800), web: random.between(0, 1) }),
  async inject({ cluster, tally, stories, trigger }, { holdMs, web }) {
    const client = await cluster.pool.connect();
    try {
      await client.query("BEGIN");
      await client.query(`UPDATE "Story" SET blurb = blurb WHERE id = $1`, [stories[0]?.id]);
      const before = tally.journal;
      await cluster.queue.runNow(trigger);
      await withoutRedis(cluster, web, async () => {
        await sleep(Number(holdMs));
        await until(() => tally.journal > before, HIT_WITHIN_MS);
      });
      return tally.journal > before ? 1 : 0;
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
  },
};

export const postgresReadOnly: Fault = {
  about: "Postgres only reads, as after a failover, while no web process reaches Redis",
  outage: true,
  draw: (random) => ({ holdMs: random.between(800, 2000) }),
  async inject({ cluster, tally }, { holdMs }) {
    const before = tally.journal;
    for (const { proxy } of cluster.webs) proxy.fail({ kind: "refusing" });
    await cluster.setReadOnly(true);
    await sleep(Number(holdMs));
    await until(() => tally.journal > before, HIT_WITHIN_MS);
    await cluster.setReadOnly(false);
    for (const { proxy } of cluster.webs) proxy.heal();
    return tally.journal > before ? 1 : 0;
  },
};

export const postgresDead: Fault = {
  about:
    "every connection of a web process or of the workers to Postgres goes dead without a word; new ones work",
  outage: true,
  draw: (random) => ({ holdMs: random.between(300, 900), who: random.between(0, 2) }),
  async inject({ cluster, tally, trigger }, { holdMs, who }) {
    const proxy =
      who === 2 ? cluster.workerProxies.postgres : cluster.webs[Number(who) as 0 | 1].postgresProxy;
    if (proxy.connections() === 0) return 0;
    if (who === 2) {
      await cluster.queue.runNow(trigger);
      proxy.deaden();
      await sleep(Number(holdMs));
      return 1;
    }
    return withoutRedis(cluster, who, async () => {
      const before = tally.database + tally.journal;
      proxy.deaden();
      await sleep(Number(holdMs));
      await until(() => tally.database + tally.journal > before, HIT_WITHIN_MS);
      return tally.database + tally.journal > before ? 1 : 0;
    });
  },
};

export const lostCommit: Fault = {
  about: "replies of Postgres are lost after it has committed, while one web process counts in it",
  outage: true,
  draw: (random) => ({ holdMs: random.between(500, 1500), web: random.between(0, 1) }),
  inject: ({ cluster, tally }, { holdMs, web }) =>
    withoutRedis(cluster, web, async ({ postgresProxy }) => {
      // Connections are made before, so that statements arrive and only their answers are lost.
      const counted = tally.database;
      await until(() => tally.database > counted, HIT_WITHIN_MS);
      const before = postgresProxy.dropped();
      postgresProxy.fail({ kind: "dropping" });
      await sleep(Number(holdMs));
      await until(() => postgresProxy.dropped() > before, HIT_WITHIN_MS);
      postgresProxy.heal();
      return postgresProxy.dropped() > before ? 1 : 0;
    }),
};

export const postgresSlow: Fault = {
  about: "Postgres answers one web process late, around the deadline of a view, while it counts in it",
  outage: true,
  draw: (random) => ({
    holdMs: random.between(800, 2000),
    web: random.between(0, 1),
    ms: random.between(100, 1300),
  }),
  inject: ({ cluster, tally }, { holdMs, web, ms }) =>
    withoutRedis(cluster, web, async ({ postgresProxy }) => {
      const before = tally.database + tally.journal;
      postgresProxy.fail({ kind: "slow", ms: Number(ms) });
      await sleep(Number(holdMs));
      await until(() => tally.database + tally.journal > before, HIT_WITHIN_MS);
      postgresProxy.heal();
      return tally.database + tally.journal > before ? 1 : 0;
    }),
};
