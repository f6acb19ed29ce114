import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { parseMemory, readRedisFacts } from "../../app/alerts/read-redis-facts";
import { connectTestRedis } from "../support/services";

describe("facts from Redis", () => {
  it("are its memory, its risks and its failed jobs; or no data, within the timeout, when it does not answer", async () => {
    const { redis: client, url } = await connectTestRedis(11);
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    const name = `alerts-${randomUUID()}`;
    const queue = new Queue(name, { connection });
    const worker = new Worker(
      name,
      async () => {
        throw new Error("shard 2: no answer");
      },
      { connection },
    );
    try {
      await queue.add("sync", {});
      await expect
        .poll(async () => (await readRedisFacts(client, queue, new Date(0)))?.failedJobs)
        .toEqual({ count: 1, error: "shard 2: no answer" });
      const facts = await readRedisFacts(client, queue, new Date(Date.now() + 60_000));
      expect(facts?.failedJobs?.count).toBe(0);
      expect(facts?.redisRisks).toEqual([]);
      expect(facts?.memory?.used).toBeGreaterThan(0);
    } finally {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      connection.disconnect();
      client.disconnect();
    }
    expect(await readRedisFacts(client, queue, new Date(0))).toBeNull();
    expect(await readRedisFacts(null, null, new Date(0))).toBeNull();
  });

  it("use the machine's memory as the limit where Redis has no limit", () => {
    const info =
      "used_memory:1000\r\ntotal_system_memory:9000\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";
    expect(parseMemory(info)).toEqual({ used: 1000, limit: 9000 });
    expect(parseMemory(info.replace("maxmemory:0", "maxmemory:4000"))?.limit).toBe(4000);
    expect(parseMemory("# nothing")).toBeNull();
  });
});
