import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";

const KB = 1024;
const MAX_BYTES = 300 * KB;
const MAX_ELEMENTS = 2500;

/** Collects the built files that a page loads. */
function watchFiles(page: Page) {
  const files = new Set<string>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/assets/")) files.add(pathname);
  });
  return files;
}

/** The size in which a file is sent: compressed where a compressed copy was built. */
function sentBytes(pathname: string) {
  const file = path.join("build/client", pathname);
  return statSync(existsSync(`${file}.br`) ? `${file}.br` : file).size;
}

test.beforeEach(({ site, page }) => site.signIn(page.context(), "OPS"));

test("the first load of /admin weighs at most 300 KB of scripts, styles and fonts", async ({ page }) => {
  const files = watchFiles(page);
  await page.goto("/admin");
  await hydrated(page);
  await expect(page.locator(".recharts-surface").first()).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
  const sizes = [...files].map((file) => [sentBytes(file), file] as const).sort(([a], [b]) => b - a);
  const sum = sizes.reduce((all, [bytes]) => all + bytes, 0);
  expect(sum, sizes.map(([bytes, file]) => `${bytes} ${file}`).join("\n")).toBeLessThanOrEqual(MAX_BYTES);
  expect(sizes.length).toBeGreaterThan(10);
});

test("/admin has at most 2,500 elements, with every chart full", async ({ site, page }) => {
  const now = Date.now();
  await site.db.sample.createMany({
    data: Array.from({ length: 360 }, (_, position) => ({
      at: new Date(now - (position + 1) * 10_000),
      span: 10,
      process: "web-full",
      role: "web",
      mode: "redis",
      redis: 20,
      database: 1,
      journal: 1,
      duplicates: 2,
      excluded: 1,
      latencyBuckets: Array.from({ length: 23 }, (_bucket, place) => (place < 8 ? 3 : 0)),
      buffered: 100,
      lagSeconds: 300,
    })),
  });
  await page.goto("/admin?range=1h");
  await hydrated(page);
  const boxes = page.getByRole("img", { name: /^Chart\. / });
  await expect(boxes.locator(".recharts-surface")).toHaveCount(await boxes.count());
  await expect(page.locator("[data-bars=journal] path").first()).toBeAttached();
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThanOrEqual(MAX_ELEMENTS);
});

test("consoles load the typeface of consoles only, and readers' pages both", async ({
  site,
  page,
  newReader,
}) => {
  const files = watchFiles(page);
  const editor = await newReader();
  const editorFiles = watchFiles(editor);
  await site.signIn(editor.context(), "EDITOR");
  await Promise.all([page.goto("/admin"), editor.goto("/editor")]);
  for (const [each, loaded] of [
    [page, files],
    [editor, editorFiles],
  ] as const) {
    await hydrated(each);
    await each.evaluate(() => document.fonts.ready);
    await expect(
      each.getByRole("link", { name: "Tidemark, all stories" }).locator(".wordmark"),
    ).toBeVisible();
    const fonts = [...loaded].filter((file) => file.endsWith(".woff2"));
    expect(fonts.filter((file) => !file.includes("inter"))).toEqual([]);
    expect(fonts.length).toBeGreaterThan(0);
  }
  files.clear();
  await page.goto("/");
  await page.evaluate(() => document.fonts.ready);
  expect([...files].filter((file) => file.includes("literata")).length).toBeGreaterThan(0);
});
