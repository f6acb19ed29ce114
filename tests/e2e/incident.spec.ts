import type { Page } from "@playwright/test";
import { startWebhookServer } from "../support/webhook-server";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, test } from "./test";
import { chapterOf, postView, readsOn, runSync, stored, storyToRead, total, visit } from "./views";

/*
 * The whole incident in a browser. Its exact order and bounds, by an injected clock, are in tests/integration/incident.test.ts; here the
 * rule is made quick on its own page, and what counts is which states follow which.
 */

const RULE = "redis-away";
const CALM = "Operations · Tidemark";
/** A busy machine: an evaluation, a delivery and a reading of the page, each within seconds. */
const SOON = { timeout: 30_000 };

const headline = (page: Page) => page.getByRole("heading", { level: 1 });
const details = (page: Page, name: string) =>
  page
    .locator("details")
    .filter({ has: page.locator("summary").filter({ hasText: name }) })
    .first();

/** What a page has said: of where views are counted, in its headline and in its title, and whether an alert is firing. */
interface Said {
  headline: string;
  title: string;
}

declare global {
  interface Window {
    said?: Said[];
  }
}

/** Notes every state of the headline and the title from now on. */
const listen = (page: Page) =>
  page.evaluate(() => {
    const note = () => {
      const now = { headline: document.querySelector("h1")?.textContent ?? "", title: document.title };
      const last = window.said?.at(-1);
      if (last?.headline !== now.headline || last.title !== now.title) window.said?.push(now);
    };
    window.said = [];
    note();
    new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
  });

/** What it has said since, as sequences without repeats; and begins anew. */
async function sequences(page: Page) {
  const said = await page.evaluate(() => window.said?.splice(0, window.said.length - 1) ?? []);
  said.push(...(await page.evaluate(() => window.said ?? [])));
  const of = <Word>(word: (one: Said) => Word) =>
    said.map(word).filter((each, at, all) => at === 0 || each !== all[at - 1]);
  return {
    headline: of(({ headline }) => (headline.startsWith("Counting in Redis.") ? "Redis" : "database")),
    title: of(({ title }) => (/Database since/.test(title) ? "database" : "Redis")),
    /** In the title, which speaks of both at once. */
    alert: of(({ title }) =>
      [
        /Database since/.test(title) ? "database" : "Redis",
        /^\(1\)/.test(title) ? "alert" : "no alert",
      ].join(),
    ),
  };
}
const THERE_AND_BACK = ["Redis", "database", "Redis"];

/** What each alert's page shows, oldest first. */
const TIMELINE = [
  /Limit reached: pending/,
  /Fired/,
  /Inbox was notified that it is firing/,
  /Test webhook was notified that it is firing/,
  /Back to normal/,
  /Resolved/,
  /Inbox was notified that it is resolved/,
  /Test webhook was notified that it is resolved/,
];

/** Adds a webhook, and makes the rule quick, both as an operator does; other rules are off, because their alerts come and go as they like. */
async function prepareAlerts(site: Site, page: Page, address: string) {
  await site.db.alertRule.updateMany({ where: { kind: { not: RULE } }, data: { enabled: false } });
  await page.goto("/admin/alerts");
  await hydrated(page);
  const form = details(page, "Add a channel");
  await form.locator("summary").click();
  await form.getByLabel("Type").selectOption("Webhook, signed");
  await form.getByLabel("Name").fill("Test webhook");
  await form.getByLabel("Address").fill(address);
  await form.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText(/Its address and secret are not shown again/)).toBeVisible();
  const rule = details(page, "Redis is away");
  await rule.locator("summary").click();
  await rule.getByLabel("For at least").fill("2 s");
  await rule.getByLabel("Close after").fill("2 s");
  await rule.getByRole("button", { name: /^Save/ }).click();
  await expect(page.getByText("Saved. Applies from the next evaluation")).toBeVisible();
}

/** Readers of a chapter, and the model of what the site should count: who has read. */
async function createReaders(site: Site, watching: Page) {
  const story = await storyToRead(site, 1);
  const chapter = chapterOf(story, 1);
  const targets = [story.target, chapter.target];
  const before = await Promise.all(targets.map((target) => stored(site, target)));
  const first = await total(site, chapter.target);
  let sent = 0;
  let shown = 0;
  /** Someone looks at the count who has been counted. */
  async function look() {
    await visit(watching, chapter);
    const now = Number(await readsOn(watching).getAttribute("data-reads"));
    expect(now, "the count never falls, and has every view").toBeGreaterThanOrEqual(
      Math.max(shown, first + sent),
    );
    shown = now;
  }
  sent += 1;
  await look();
  return {
    /** Someone reads who has never been there. */
    async read(path: "redis" | "database") {
      expect(await postView(site.origin, chapter.path)).toMatchObject({ counted: true, path });
      sent += 1;
      await look();
    },
    /** Waits until every view counts once: who was known to one store only may have been counted by the other. */
    async settled() {
      await expect.poll(() => total(site, chapter.target), SOON).toBe(first + sent);
      shown = first + sent;
    },
    /** The totals and the hourly history have every view, once. Call it after a sync. */
    async balance() {
      for (const [at, target] of targets.entries()) {
        const now = await stored(site, target);
        expect(now.hours - (before[at]?.hours ?? 0), target.kind).toBe(sent);
        expect(now.readCount - (before[at]?.readCount ?? 0), target.kind).toBe(sent);
      }
    },
  };
}

test("Redis is frozen, killed, left by an operator and rehearsed away while another operator watches", async ({
  site,
  page,
  newReader,
}) => {
  test.setTimeout(300_000);
  const receiver = await startWebhookServer();
  const events = () =>
    receiver.received
      .map(({ body }) => JSON.parse(body) as { event: string; alert: { rule: string } })
      .filter(({ alert }) => alert.rule === RULE)
      .map(({ event }) => event);
  try {
    await site.signIn(page.context(), "OPS");
    await prepareAlerts(site, page, receiver.url);
    const readers = await createReaders(site, await newReader());
    await readers.read("redis");
    const acting = await newReader();
    await site.signIn(acting.context(), "OPS");
    const choose = async (button: string, reason: string) => {
      await acting.goto("/admin/sync");
      await hydrated(acting);
      const part = details(acting, "Count in");
      await part.locator("summary").click();
      await part.getByLabel(/^Reason .*kept in the audit log/).fill(reason);
      const leave = part.getByLabel(/^Leave them/);
      if (await leave.isVisible()) await leave.check();
      await part.getByRole("button", { name: button, exact: true }).click();
      await expect(acting.getByText(/Views are now counted in/)).toBeVisible();
    };
    const ruleSays = async () =>
      (await site.db.alertCheck.findUniqueOrThrow({ where: { rule: RULE } })).message;

    await page.goto("/admin");
    await hydrated(page);
    await expect(page).toHaveTitle(CALM);
    await expect(headline(page)).toContainText("Counting in Redis.");
    await listen(page);
    const loads: string[] = [];
    page.on("load", () => loads.push(page.url()));

    const acts = [
      {
        start: async () => site.redis.freeze(),
        end: async () => site.redis.thaw(),
        says: /^Counting in the database since.\d\d:\d\d\s\S+, because Redis did not answer within \d+ ms\./,
        alarm: "▲",
      },
      {
        start: () => site.redis.kill(),
        end: () => site.redis.start(),
        says: /^Counting in the database since.\d\d:\d\d\s\S+, because .* connection to Redis/,
        alarm: "▲",
      },
      {
        start: () => choose("Count in the database", "Redis moves"),
        end: () => choose("Count in Redis", "It has moved"),
        says: /^Counting in the database since.*, because an operator chose the database: Redis moves\.$/,
        // It is explained: no alert, so no one is told.
        alarm: null,
      },
      {
        async start() {
          // Until a process has reported that it is back, which it does every ten seconds, a drill is refused.
          const reported = () =>
            site.db.sample.findFirst({ where: { role: "web" }, orderBy: { at: "desc" } });
          await expect.poll(async () => (await reported())?.mode, SOON).toBe("redis");
          await acting.goto("/admin/drill");
          await hydrated(acting);
          await acting.getByLabel("Length in seconds").fill("300");
          await acting.getByRole("button", { name: "Start the drill" }).click();
          await expect(headline(acting)).toContainText("A drill is running until");
        },
        end: () => acting.getByRole("button", { name: "Abort the drill" }).click(),
        says: /^Drill 1 is running until.*: views are counted in the database on purpose\.$/,
        // Its alert fires and is told, but asks for no one.
        alarm: "◆",
      },
    ];
    for (const [number, { start, end, says, alarm }] of acts.entries()) {
      const told = events();
      await start();
      // A frozen Redis keeps its connections: the first view finds out. The rest is noticed without one.
      if (number > 0) await expect(headline(page)).toHaveText(says, SOON);
      await readers.read("database");
      await expect(headline(page)).toHaveText(says, SOON);
      if (alarm) {
        await expect(page).toHaveTitle(
          new RegExp(`^\\(1\\) ${alarm} Database since \\d\\d:\\d\\d · Tidemark$`),
          SOON,
        );
        await expect(page.getByRole("list", { name: "Firing alerts" })).toContainText("in the database");
        await expect.poll(events, SOON).toEqual([...told, "firing"]);
      } else {
        await expect.poll(ruleSays, SOON).toBe("An operator chose to count in the database: Redis moves.");
        await expect(page).toHaveTitle(/^◆ Database since \d\d:\d\d · Tidemark$/, SOON);
      }
      await readers.read("database");

      await end();
      await expect(headline(page)).toContainText("Counting in Redis.", SOON);
      await expect(page).toHaveTitle(CALM, SOON);
      await expect.poll(events, SOON).toEqual(alarm ? [...told, "firing", "resolved"] : told);
      await site.withRedis();
      await readers.settled();
      await readers.read("redis");

      const { alert, ...places } = await sequences(page);
      expect(places).toEqual({ headline: THERE_AND_BACK, title: THERE_AND_BACK });
      // An alert is not shown before the outage is, and closes after it. Either may come with the other in one reading of the page.
      expect(alert.filter((one) => one !== "database,no alert" && one !== "Redis,alert")).toEqual(
        alarm ? ["Redis,no alert", "database,alert", "Redis,no alert"] : ["Redis,no alert", "Redis,no alert"],
      );
    }
    expect(loads, "the page was not loaded again").toEqual([]);

    const alerts = await site.db.alert.findMany({ where: { rule: RULE }, orderBy: { id: "asc" } });
    expect(alerts.map(({ phase, drillId }) => [phase, drillId !== null])).toEqual([
      ["resolved", false],
      ["resolved", false],
      ["resolved", true],
    ]);
    for (const { id } of alerts) {
      await page.goto(`/admin/alerts/${id}`);
      const timeline = page.locator("ol > li");
      await expect(timeline).toHaveText(TIMELINE);
    }
    await expect(acting.getByRole("row", { name: /^Alert fired/ }).first()).toContainText(
      "after the start",
      SOON,
    );

    await runSync(site);
    await readers.balance();
    // Pages share a reading of the ledger for a second: the first may be from before the sync.
    const ledger = async () => (await page.request.get("/admin/ledger.json")).json();
    await expect.poll(ledger, SOON).toMatchObject({ live: true, buffered: 0, knownLost: 0, drift: 0 });
  } finally {
    site.redis.thaw();
    await receiver.stop();
  }
});
