import { randomUUID } from "node:crypto";
import { sleep } from "../../scripts/services/process";
import { createClient } from "./client";
import { type Fault, until } from "./fault";
import { writeStory } from "./stories";

export const switchedByOperator: Fault = {
  about: "an operator has views counted in Postgres for a while, and pauses the sync",
  outage: true,
  // Readers take as long as the processes need to follow a setting, twice.
  draw: (random) => ({ stayMs: random.between(300, 900), holdMs: 5500 }),
  async inject({ cluster, tally }, { stayMs }) {
    const until10 = new Date(Date.now() + 600_000).toISOString();
    await cluster.changeSetting("sync", {
      intervalHours: 12,
      pausedUntil: until10,
      pausedReason: "the harness",
    });
    await cluster.changeSetting("countIn", { store: "database", reason: "the harness" });
    const before = tally.database;
    await until(() => tally.database > before, 6000);
    await sleep(Number(stayMs));
    const hit = tally.database > before;
    await cluster.changeSetting("countIn", null);
    await cluster.changeSetting("sync", null);
    return hit ? 1 : 0;
  },
};

export const storyDeleted: Fault = {
  about:
    "a story is deleted while views of it wait in Redis, as fallback rows and in the catalogs of the web processes",
  outage: true,
  draw: (random) => ({
    web: random.between(0, 1),
    readers: random.between(2, 6),
    sync: random.chance(0.5),
    holdMs: 600,
  }),
  async inject({ cluster, trigger }, { web, readers, sync, holdMs }) {
    const slug = `deleted-${randomUUID()}`;
    const { id } = await writeStory(cluster.pool, slug, 1);
    const client = createClient(cluster);
    const read = (from: number) =>
      Promise.all(
        Array.from({ length: 2 * Number(readers) }, (_, i) =>
          client.deliver({
            path: i % 3 === 0 ? `/story/${slug}` : `/story/${slug}/chapter/1`,
            address: `10.210.${from}.${i + 1}`,
            agent: "Mozilla/5.0 (X11; Linux x86_64) Reader/of-the-deleted",
            at: null,
            web: i % 2,
          }),
        ),
      );
    const { proxy } = cluster.webs[Number(web) as 0 | 1];
    try {
      await read(1);
      proxy.fail({ kind: "refusing" });
      const release = await cluster.keepFromReconcile();
      await read(2);
      if (sync) await cluster.queue.runNow(trigger);
      await cluster.pool.query(`DELETE FROM "Story" WHERE id = $1`, [id]);
      await release();
      // Until a web process notices, it goes on counting the story; then it refuses the page.
      await read(3).catch(() => undefined);
      await sleep(Number(holdMs));
      return client.tally.redis > 0 && client.tally.database > 0 ? 1 : 0;
    } finally {
      proxy.heal();
      client.close();
    }
  },
};
