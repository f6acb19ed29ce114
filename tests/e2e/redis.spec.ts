import type { Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";
import { simulateReaders } from "./traffic";

const headline = (page: Page) => page.getByRole("heading", { level: 1 });

test("the Redis page shows memory by kind, what a crash would lose, clients by name and slow commands without arguments", async ({
  site,
  page,
}) => {
  await simulateReaders(site, 20);
  const { client } = site.redis;
  await client.set("a stranger's key", "x".repeat(50_000));
  await client.config("SET", "slowlog-log-slower-than", "0");
  await client.eval("return redis.call('GET', KEYS[1])", 1, "{v0}:seen:secret-reader");
  await client.config("SET", "slowlog-log-slower-than", "10000");
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin");
  await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Redis" }).click();
  await expect(headline(page)).toContainText(/^Redis uses [\d.,]+ [KMG]B/);
  const kinds = page.getByRole("table", { name: "Memory by kind of key" });
  await expect(kinds.getByRole("rowheader", { name: "Seen" })).toBeVisible();
  await expect(kinds.getByRole("rowheader", { name: "Queue" })).toBeVisible();
  await expect(kinds.getByRole("row", { name: /Other/ })).toContainText(/\d\d KB/);
  await expect(page.getByText(/were looked at, and \d+ of them measured/)).toBeVisible();
  await expect(page.getByText("the last second, two at worst")).toBeVisible();
  await expect(
    page.getByRole("table", { name: "Clients by name" }).getByRole("rowheader", { name: "tidemark-count" }),
  ).toBeVisible();
  const slow = page.getByRole("table", { name: "Slow commands" });
  await expect(slow.getByRole("row", { name: /EVAL.*Seen/ }).first()).toBeVisible();
  expect(await page.content()).not.toContain("secret-reader");
  expect(await page.content()).not.toContain("stranger");
  await client.del("a stranger's key");
});

test("with Redis frozen the page keeps the last values with their time, opens within its deadline, and catches up", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/redis/i);
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/redis");
  await hydrated(page);
  await expect(headline(page)).toContainText(/^Redis uses/);
  await site.redis.client.client("PAUSE", 12_000, "ALL");
  await expect(headline(page)).toHaveText("Redis is unreachable", { timeout: 10_000 });
  await expect(page.getByText(/The numbers below are from \d\d:\d\d:\d\d\sUTC/)).toBeVisible();
  await expect(page.getByRole("table", { name: "Memory by kind of key" })).toBeVisible();
  await expect(headline(page)).toContainText(/^Redis uses/, { timeout: 25_000 });
});

test("a process that never saw Redis shows what the worker stored, and no part waits", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/redis/i);
  const at = new Date(Math.floor(Date.now() / 60_000) * 60_000 + 60_000);
  await site.db.redisSample.create({
    data: { at, usedBytes: 3n * 1024n ** 3n, limitBytes: null, keys: 7n, clients: 3, opsPerSecond: 12 },
  });
  await site.withoutRedis();
  const { origin, stop } = await site.startWeb();
  await page
    .context()
    .addCookies([
      { name: "__tidemark", value: (await site.session("OPS")).split("=").slice(1).join("="), url: origin },
    ]);
  await page.goto(`${origin}/admin/redis`);
  await expect(headline(page)).toHaveText("Redis is unreachable");
  await expect(page.getByText(/Redis used 3 GB/)).toBeVisible();
  await expect(page.getByText(/Redis did not answer this part/).first()).toBeVisible();
  await stop();
  await site.withRedis();
  await site.db.redisSample.delete({ where: { at } });
});
