import { sleep } from "../../scripts/services/process";
import { type Fault, HIT_WITHIN_MS, hold, outsideRedis, until } from "./fault";

export const redisFreeze: Fault = {
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

export const redisKill: Fault = {
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

export const droppedReplies: Fault = {
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

export const redisFull: Fault = {
  about: "Redis at maxmemory refuses writes, in the middle of a sync or not; then it gets more memory",
  outage: true,
  draw: (random) => ({ holdMs: random.between(400, 1400), sync: random.chance(0.6) }),
  async inject({ cluster, tally, trigger }, { holdMs, sync }) {
    const before = outsideRedis(tally);
    await cluster.redis.config("SET", "maxmemory", "1mb");
    // It is refused if Redis is full already: then the victim below syncs without the queue.
    if (sync) {
      const victim = await cluster.takeVictim();
      await victim.run({ work: "sync", kill: null, mutant: null, trigger });
    }
    await sleep(Number(holdMs));
    await until(() => outsideRedis(tally) > before, HIT_WITHIN_MS);
    await cluster.redis.config("SET", "maxmemory", "0");
    return outsideRedis(tally) > before ? 1 : 0;
  },
};

export const redisOlder: Fault = {
  about:
    "kill -9 of Redis, which comes back with an older copy of its file: readers after the copy are lost or forgotten",
  outage: true,
  loses: true,
  draw: (random) => ({ holdMs: random.between(300, 1200), sync: random.chance(0.5) }),
  async inject({ cluster, tally, trigger }, { holdMs, sync }) {
    const restore = cluster.redisServer.backUp();
    const before = tally.redis;
    await until(() => tally.redis > before, HIT_WITHIN_MS);
    if (sync) {
      const victim = await cluster.takeVictim();
      await victim.run({ work: "sync", kill: null, mutant: null, trigger });
    }
    // What is acknowledged in the last five seconds is known to be lost only because the web processes live on.
    const hit = tally.redis > before;
    await cluster.redisServer.kill();
    await sleep(Number(holdMs));
    restore();
    await cluster.redisServer.start();
    return hit ? 1 : 0;
  },
};

export const redisFlush: Fault = {
  about: "FLUSHALL: Redis forgets everything while it runs",
  outage: true,
  loses: true,
  draw: (random) => ({ holdMs: random.between(100, 600) }),
  async inject({ cluster, tally }, { holdMs }) {
    const before = tally.redis;
    await until(() => tally.redis > before, HIT_WITHIN_MS);
    await cluster.redis.flushall();
    await sleep(Number(holdMs));
    return tally.redis > before ? 1 : 0;
  },
};

export const outageTwice: Fault = {
  about: "Redis unreachable for both web processes, twice, before anything is reconciled",
  outage: true,
  draw: (random) => {
    const [outageMs, betweenMs] = [random.between(300, 700), random.between(300, 900)];
    // Readers take as long as both outages.
    return { outageMs, betweenMs, holdMs: 2 * outageMs + betweenMs + 1500 };
  },
  async inject({ cluster, tally }, { outageMs, betweenMs }) {
    const release = await cluster.keepFromReconcile();
    let hits = 0;
    try {
      for (let outage = 0; outage < 2; outage += 1) {
        const before = outsideRedis(tally);
        for (const { proxy } of cluster.webs) proxy.fail({ kind: "refusing" });
        await sleep(Number(outageMs));
        await until(() => outsideRedis(tally) > before, HIT_WITHIN_MS);
        for (const { proxy } of cluster.webs) proxy.heal();
        if (outsideRedis(tally) > before) hits += 1;
        await sleep(Number(betweenMs));
      }
    } finally {
      await release();
    }
    return hits === 2 ? 1 : 0;
  },
};

export const repliesToWorkersLost: Fault = {
  about:
    "a proxy between the workers and Redis delivers requests and loses the replies, during a sync or a reconcile",
  outage: true,
  draw: (random) => ({
    web: random.between(0, 1),
    reconcile: random.chance(0.5),
    holdMs: random.between(300, 1300),
  }),
  async inject({ cluster, tally, trigger }, { web, reconcile, holdMs }) {
    const { redis } = cluster.workerProxies;
    const { proxy } = cluster.webs[Number(web) as 0 | 1];
    if (reconcile) {
      const { database } = tally;
      proxy.fail({ kind: "refusing" });
      await until(() => tally.database > database, HIT_WITHIN_MS);
    }
    const before = redis.dropped();
    redis.fail({ kind: "dropping" });
    await cluster.queue.runNow(trigger);
    await sleep(Number(holdMs));
    await until(() => redis.dropped() > before, HIT_WITHIN_MS);
    redis.heal();
    proxy.heal();
    return redis.dropped() > before ? 1 : 0;
  },
};
