import { expect, test } from "./test";
import { postView, storyToRead } from "./views";

test("the first steps are ticked as they happen, and stay away once they were dismissed", async ({
  site,
  page,
  newReader,
}) => {
  test.setTimeout(180_000);
  const second = await newReader();
  await site.signIn(page.context(), "OPS");
  await site.signIn(second.context(), "OPS");
  await page.goto("/admin");
  const card = page.getByRole("region", { name: "First steps" });
  const step = (name: string) => card.getByRole("listitem").filter({ hasText: name });
  await expect(step("Read what the audit kept")).toContainText("not yet");

  // A sample is written every ten seconds.
  await postView(site.origin, (await storyToRead(site)).path, {
    agent: "Mozilla/5.0 Firefox/150 first-steps",
  });
  await expect(step("See a view arrive")).toContainText("done", { timeout: 30_000 });

  await expect(step("Freeze Redis for real").locator("code")).toHaveText(
    /^kill -STOP (\d+); sleep 30; kill -CONT \1$/,
  );
  await site.withoutRedis();
  await expect(step("Freeze Redis for real")).toContainText("done", { timeout: 20_000 });
  await site.withRedis();

  await step("Rehearse an outage").getByRole("button", { name: "Start a drill of 60 s" }).click();
  await expect(step("Rehearse an outage")).toContainText("done", { timeout: 20_000 });
  const drill = await site.db.drill.findFirstOrThrow({ orderBy: { id: "desc" } });
  expect((drill.endsAt.getTime() - drill.startedAt.getTime()) / 1000).toBe(60);
  await site.db.drill.update({ where: { id: drill.id }, data: { endedAt: new Date() } });

  // In another tab: this one ticks by itself.
  await second.goto("/admin/audit");
  await expect(step("Read what the audit kept")).toContainText("done", { timeout: 20_000 });

  await card.getByRole("button", { name: "Dismiss the first steps" }).click();
  await expect(card).toHaveCount(0);
  await second.goto("/admin");
  await expect(second.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(second.getByRole("region", { name: "First steps" })).toHaveCount(0);
  expect(await site.db.setting.count({ where: { key: "first-steps.dismissed" } })).toBe(1);
});
