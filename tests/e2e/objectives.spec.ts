import { emptyBuckets } from "../../app/shared/histogram";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, test } from "./test";

const DAY_MS = 86_400_000;

/** Thirty days of reports, an hour each: 1,000 views with 5 lost on one day and 300 slow ones on another. */
async function addDays(site: Site) {
  const latencyBuckets = emptyBuckets();
  latencyBuckets[3] = 1000;
  const slow = emptyBuckets();
  slow[3] = 700;
  slow[18] = 300;
  await site.db.sample.createMany({
    data: Array.from({ length: 30 }, (_, i) => ({
      at: new Date(Date.now() - (i + 1) * DAY_MS),
      span: 3600,
      process: "web-earlier",
      role: "web",
      mode: "redis",
      redis: 995,
      failed: i === 3 ? 5 : 0,
      latencyBuckets: i === 9 ? slow : latencyBuckets,
    })),
  });
}

test.describe("objectives", () => {
  test("show how much of each error budget is spent, and follow a new target", async ({ site, page }) => {
    await addDays(site);
    await site.signIn(page.context(), "OPS");
    await page.goto("/admin/objectives");
    await hydrated(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(
      "Missed in the last 30 days: Views kept, Views answered",
    );
    const answered = page
      .locator("section")
      .filter({ hasText: "Views answered: 99.9% of views are answered" });
    // The views of other tests are counted too.
    await expect(answered).toContainText(/300 of \d+ views spent/);
    await answered.getByText("Target", { exact: true }).click();
    const percent = answered.getByLabel("At least this share of views are answered within 200 ms, in %");
    const reason = answered.getByLabel("Reason (kept in the audit log)");
    await percent.fill("12");
    await reason.fill("readers are patient");
    await reason.press("Enter");
    await expect(answered).toContainText("Enter a percentage from 50 to 99.999.");
    await expect(reason).toHaveValue("readers are patient");
    await percent.fill("90");
    await reason.press("Enter");
    await expect(page.getByText("The target is 90% now, instead of 99.9%.")).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(
      "Missed in the last 30 days: Views kept",
    );
    const setting = await site.db.setting.findUniqueOrThrow({ where: { key: "objectives" } });
    expect(setting.value).toEqual({ viewsKept: 0.9999, viewsFast: 0.9, historyFresh: 0.99 });
    const event = await site.db.auditEvent.findFirstOrThrow({ where: { action: "objective.target" } });
    expect(event.reason).toBe("readers are patient");
  });

  test("are reported day by day, as CSV and JSON", async ({ site, page }) => {
    await site.signIn(page.context(), "OPS");
    const csv = await (await page.request.get("/admin/objectives.csv")).text();
    expect(csv.split("\r\n").filter((line) => line.startsWith('"historyFresh"'))).toHaveLength(30);
    const report = await (await page.request.get("/admin/objectives.json")).json();
    expect(report.objectives.map(({ objective }: { objective: string }) => objective)).toEqual([
      "viewsKept",
      "viewsFast",
      "historyFresh",
    ]);
  });
});
