import type { Page } from "@playwright/test";
import { Queue } from "bullmq";
import { queuePrefix, SYNC_QUEUE } from "../../app/platform/queue";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, test } from "./test";
import { violations } from "./violations";

const headline = (page: Page) => page.getByRole("heading", { level: 1 });
const stat = (page: Page, name: string) => page.locator("dl > div").filter({ hasText: name });

async function withQueue<T>(site: Site, work: (queue: Queue) => Promise<T>): Promise<T> {
  const queue = new Queue(SYNC_QUEUE, { connection: { url: site.redis.url }, prefix: queuePrefix("") });
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/** A sync that fails for good, and why. It would succeed now. */
const addFailedJob = (site: Site, id: string) =>
  withQueue(site, async (queue) => {
    await site.db.$executeRawUnsafe(
      `CREATE FUNCTION refuse_runs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk of the test is full'; END $$`,
    );
    await site.db.$executeRawUnsafe(
      `CREATE TRIGGER refuse_runs BEFORE INSERT ON "SyncRun" FOR EACH ROW EXECUTE FUNCTION refuse_runs()`,
    );
    try {
      const job = await queue.add("sync", { trigger: "run now by user 1" }, { jobId: id, attempts: 1 });
      await expect.poll(() => job.getState()).toBe("failed");
    } finally {
      await site.db.$executeRawUnsafe(`DROP TRIGGER refuse_runs ON "SyncRun"`);
      await site.db.$executeRawUnsafe("DROP FUNCTION refuse_runs");
    }
  });

/** Redis takes connections and bytes, and answers nothing, for so long. */
const freeze = (site: Site, ms: number) => site.redis.client.client("PAUSE", ms, "ALL");

test("a failed job is listed with its reason, and retried with a reason that is audited", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/"sync failed"/);
  await addFailedJob(site, "disk-full");
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/queues");
  await hydrated(page);
  await expect(stat(page, "Failed")).toContainText(/[1-9]/);
  await page.getByText(/the disk of the test is full/).click();
  const form = page
    .locator("form")
    .filter({ has: page.getByRole("button", { name: "Retry job disk-full" }) });
  await form.getByLabel(/Reason/).fill("the disk has space again");
  await form.getByRole("button", { name: "Retry job disk-full" }).click();
  await expect(page.getByText("Job disk-full is waiting for a worker again.")).toBeVisible();
  await withQueue(site, (queue) => expect.poll(() => queue.getJobState("disk-full")).toBe("completed"));
  const events = await site.db.auditEvent.findMany({
    where: { action: "queues.retry", target: "job disk-full" },
    orderBy: { id: "asc" },
  });
  expect(events.map(({ reason, after }) => [reason, (after as { outcome: string }).outcome])).toEqual([
    ["the disk has space again", "requested"],
    ["the disk has space again", "done"],
  ]);
  await expect(page.getByText(/the disk of the test is full/)).toHaveCount(0);
});

test("the retry of a job that has not failed changes nothing, and says so", async ({ site, page }) => {
  await site.signIn(page.context(), "OPS");
  const before = await site.db.auditEvent.count();
  const retry = async (id: string) => {
    const answer = await page.request.post("/admin/queues?_data=routes%2Fadmin.queues", {
      form: { intent: "retry", id, reason: "to see" },
      headers: { Origin: site.origin },
    });
    return ((await answer.json()) as { text: string }).text;
  };
  expect(await retry("no-such-job")).toMatch(/is gone/);
  const done = await withQueue(site, async (queue) => (await queue.getCompleted(0, 0))[0]?.id);
  expect(await retry(done as string)).toMatch(/has not failed; it is completed/);
  expect(await site.db.auditEvent.count()).toBe(before);
});

test("a frozen Redis is named within seconds, with the last numbers and their time, and the page catches up", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/queue|redis/i);
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/queues");
  await hydrated(page);
  await expect(headline(page)).not.toContainText("unreachable");
  await freeze(site, 12_000);
  await expect(headline(page)).toContainText("Redis is unreachable", { timeout: 10_000 });
  await expect(page.getByText(/These numbers are from \d\d:\d\d:\d\d\sUTC/)).toBeVisible();
  await expect(stat(page, "Completed")).toContainText(/\d/);
  await expect(headline(page)).not.toContainText("unreachable", { timeout: 25_000 });
});

test("in a drill the queue is reachable, and the board too", async ({ site, page }) => {
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/drill");
  await hydrated(page);
  // It is refused while the newest reports are those of an outage, such as that of the test before.
  await expect(async () => {
    await page.getByLabel("Length in seconds").fill("300");
    await page.getByRole("button", { name: "Start the drill" }).click();
    await expect(page.getByText("The drill has started.")).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 25_000 });
  await expect
    .poll(() => site.logs.findLast((log) => log.msg === "views are counted elsewhere")?.to)
    .toBe("database");
  await page.goto("/admin/queues");
  await expect(headline(page)).not.toContainText("unreachable");
  await expect(stat(page, "Workers")).toContainText("1");
  expect((await page.request.get("/admin/queues/board/api/queues")).status()).toBe(200);
  await page.goto("/admin/drill");
  await hydrated(page);
  await page.getByRole("button", { name: "Abort the drill" }).click();
  await site.withRedis();
});

test("the board stays in the site: header, navigation, page title, 24 hours, no states that never occur", async ({
  site,
  page,
}) => {
  await site.signIn(page.context(), "OPS");
  for (const path of ["", "/queue/tidemark-sync?status=completed", "/job-schedulers"])
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await page.goto(`/admin/queues/board${path}`);
      await expect(page.locator("#root main")).toContainText(/tidemark-sync|repeat:sync|Schedulers/);
      await expect(page).toHaveTitle("Queue board · Tidemark");
      await expect(page.getByRole("navigation", { name: "Operations" }).getByRole("link")).not.toHaveCount(0);
      await expect(page.getByText(/waiting children|prioritized/i).filter({ visible: true })).toHaveCount(0);
      await expect(page.locator("#root")).not.toContainText(/\d [AP]M\b/);
      for (const scheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        // The board's colours fade into those of the other theme.
        await page.waitForFunction(async (wanted) => {
          for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
          return (
            matchMedia(`(prefers-color-scheme: ${wanted})`).matches &&
            document.getAnimations().every(({ playState }) => playState !== "running")
          );
        }, scheme);
        expect.soft(await violations(page), `${path} ${width} ${scheme}`).toEqual([]);
      }
    }
  await page.getByRole("link", { name: "Back to Queues" }).click();
  await expect(page).toHaveTitle("Queues · Tidemark");
});

test("an open board says when Redis goes away, its API answers 503 and never 500, and it catches up", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/status of 503/, /queue|redis/i);
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/queues/board");
  await expect(page.getByText("tidemark-sync").first()).toBeVisible();
  const statuses = new Set<number>();
  let asking = true;
  const asked = (async () => {
    while (asking)
      statuses.add((await page.request.get("/admin/queues/board/api/queues", { timeout: 4000 })).status());
  })();
  await site.withoutRedis();
  const notice = page.locator("#board-notice");
  await expect(notice).toContainText(/Redis is unreachable since \d\d:\d\d:\d\d UTC/, { timeout: 10_000 });
  asking = false;
  await asked;
  expect([...statuses].filter((status) => status !== 200)).toEqual([503]);
  await site.withRedis();
  await expect(notice).toBeHidden({ timeout: 15_000 });
});

test("a board that is opened while Redis is down says so, and fills itself once it is back", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/status of 503/, /queue|redis/i);
  await site.signIn(page.context(), "OPS");
  await site.withoutRedis();
  await page.goto("/admin/queues/board");
  await expect(page.locator("#board-notice")).toContainText("Redis is unreachable", { timeout: 10_000 });
  await site.withRedis();
  await expect(page.getByText("tidemark-sync").filter({ visible: true }).first()).toBeVisible({
    timeout: 20_000,
  });
});
