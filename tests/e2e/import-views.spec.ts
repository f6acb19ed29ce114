import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { combinedLine } from "../support/import-model";
import { expect, test } from "./test";
import { storyToRead } from "./views";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("an operator brings a log in, sees where the story's count is explained, and takes it out again", async ({
  site,
  page,
}) => {
  const story = await storyToRead(site, 2);
  const dir = mkdtempSync(path.join(tmpdir(), "tidemark-import-"));
  const command = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["scripts/run.mjs", "import-views", ...args], {
      cwd: root,
      env: { ...process.env, DATABASE_URL: site.databaseUrl },
    });
  const total = async () =>
    Number((await site.db.story.findUniqueOrThrow({ where: { slug: story.slug } })).readCount);
  try {
    const log = path.join(dir, "access.log");
    // A week of one reader, two years ago: long before the demo's live counting began.
    const start = Math.floor(Date.now() / 86_400_000 - 730) * 86_400_000 + 9 * 3_600_000;
    const lines = Array.from({ length: 14 }, (_, i) =>
      combinedLine({
        at: start + Math.floor(i / 2) * 86_400_000 + (i % 2) * 3_600_000,
        reader: 1,
        story: 1,
        chapter: 1,
      }),
    );
    writeFileSync(log, `${lines.join("\n")}\n`);
    const map = path.join(dir, "map.yaml");
    writeFileSync(
      map,
      `pages: ["/s/:story/part-:chapter.html"]\nstories: { tale-1: ${JSON.stringify(story.slug)} }\n`,
    );
    const before = await total();
    const tried = await command("--map", map, "--dry-run", log);
    expect(tried.stderr).toMatch(/would count +7 of stories, 7 of chapters/);
    expect(await total()).toBe(before);
    const done = await command("--map", map, log);
    expect(done.stderr).toMatch(/counted +7 of stories, 7 of chapters \(import \d+\)/);
    expect(await total()).toBe(before + 7);
    expect((await command("--map", map, log)).stderr).toContain("nothing new: no count was changed");
    const id = JSON.parse(done.stdout).import;

    await site.signIn(page.context(), "OPS");
    await page.goto(`/admin/stories/${story.slug}`);
    const table = page.getByRole("table", { name: "What the total is made of" });
    await expect(table.getByRole("row", { name: /Imported from logs and files/ })).toContainText("7");
    await expect(page.getByText(`Import ${id}: 7 reads from access.log.`)).toBeVisible();
    await page.goto("/admin/audit?action=views.import");
    await expect(
      page.getByText(
        `The command line brought views in from access.log: import ${id} has 7 views of stories and 7 of chapters.`,
      ),
    ).toBeVisible();

    expect((await command("--undo", String(id))).stdout).toContain(
      `Import ${id} is undone: 7 views of 1 story and 7 of chapters`,
    );
    expect(await total()).toBe(before);
    await page.goto(`/admin/stories/${story.slug}`);
    await expect(table).toBeVisible();
    await expect(page.getByText(`Import ${id}:`)).toBeHidden();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
