import { hydrated } from "./hydrated";
import { expect, test } from "./test";

const month = new Date(Date.UTC(2025, 2));
const planted = { month, place: "/var/lib/archive", sha256: "ab".repeat(32), bytes: 2048n };

test.describe("the archive's page", () => {
  test("shows what is archived, refused and restored, is paused and resumed, and lets a month leave again", async ({
    site,
    page,
  }) => {
    await site.db.archiveFile.createMany({
      data: [
        {
          ...planted,
          file: "views-2025-03.ndjson.gz",
          state: "restored",
          storyRows: 700n,
          restoredAt: new Date(),
        },
        {
          ...planted,
          file: "views-2025-02.ndjson.gz",
          month: new Date(Date.UTC(2025, 1)),
          state: "archived",
          storyRows: 1200n,
          storyViews: 1100n,
          archivedAt: new Date(),
        },
      ],
    });
    await site.db.archiveRound.create({
      data: {
        place: planted.place,
        refused: [{ month: "2025-01", why: "3 rows of outages wait for reconcile." }],
      },
    });
    await site.signIn(page.context(), "OPS");
    await page.goto("/admin");
    await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Archive" }).click();
    await hydrated(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 month cannot be archived yet");
    await expect(page.getByRole("listitem").filter({ hasText: "Jan 2025" })).toContainText(
      "wait for reconcile",
    );
    const files = page.getByRole("table", { name: "Archived months" });
    await expect(files.getByRole("row", { name: /Feb 2025/ })).toContainText(/Archived.*1,200.*1,100.*2 KB/);

    await page.getByText("Pause", { exact: true }).click();
    await page.getByRole("button", { name: "Pause the archive" }).click();
    await expect(page.getByText("Say why in a few words, for the audit log.")).toBeVisible();
    await page.getByLabel("Reason (kept in the audit log)").first().fill("moving the disk");
    await page.getByRole("button", { name: "Pause the archive" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("The archive is paused");
    await expect(page.getByText("Reason: moving the disk.")).toBeVisible();
    await page.getByLabel("Reason (kept in the audit log)").first().fill("moved");
    await page.getByRole("button", { name: "Resume the archive" }).click();
    await expect(page.getByText("Archive resumed.")).toBeVisible();

    await page.getByText("Let Mar 2025 leave again").click();
    const again = page.locator("form").filter({ hasText: "Archive Mar 2025 again" });
    await again.getByLabel("Reason (kept in the audit log)").fill("looked at it");
    await again.getByRole("button").click();
    await expect(page.getByText(/its rows leave the tables again within ten minutes/)).toBeVisible();
    await expect(files.getByRole("row", { name: /Mar 2025/ })).toContainText("0 of 700 rows left the tables");
    await page.goto("/admin/audit?kind=archive");
    await expect(
      page.getByText(/let the rows of views-2025-03.ndjson.gz leave for the archive again/),
    ).toBeVisible();
  });

  test("changes how long rows stay, within bounds", async ({ site, page }) => {
    await site.signIn(page.context(), "OPS");
    await page.goto("/admin/archive");
    await hydrated(page);
    await page.getByText("Change retention").first().click();
    const form = page.locator("form").filter({ hasText: "Runs of the sync, days" });
    await form.getByLabel("Runs of the sync, days").fill("60");
    await form.getByLabel("Reason (kept in the audit log)").fill("a small disk");
    await form.getByRole("button").click();
    await expect(page.getByText(/^Retention changed/)).toBeVisible();
    const table = page.getByRole("table", { name: "Retention by table" });
    await expect(table.getByRole("row", { name: /Runs of the sync/ })).toContainText("60 days");
    await page.goto("/admin/audit?kind=archive");
    await expect(
      page.getByText(/changed how long rows stay: runs of the sync from 90 days to 60 days: a small disk/),
    ).toBeVisible();
  });
});
