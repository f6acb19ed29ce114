import { describe, expect, it } from "vitest";
import { catalog, type StoryPlan, storiesFor } from "../../prisma/seed/catalog";
import { createWriter } from "../../prisma/seed/prose";
import { createRandom, seedOf } from "../../prisma/seed/random";

function write(plan: StoryPlan) {
  const random = createRandom(seedOf(plan.slug));
  const writer = createWriter(plan, random);
  return Array.from({ length: plan.chapters }, (_, index) =>
    writer.chapter(index + 1, random.between(600, 1000)),
  );
}

describe("the generated stories", () => {
  it.each(catalog.map((plan) => [plan.title, plan] as const))("%s is well-formed text", (_title, plan) => {
    const chapters = write(plan);
    expect(new Set(chapters.map(({ title }) => title)).size).toBe(chapters.length);
    for (const { title, body } of chapters) {
      const words = body.split(/\s+/).length;
      expect(words).toBeGreaterThan(500);
      expect(words).toBeLessThan(1200);
      // No empty slot, doubled comma, "a apple", space before a full stop, or undefined.
      expect(`${title}\n${body}`).not.toMatch(/[{}[\]|]|,,|\ba [aeio]\w|\s[,.;]|undefined|\.\./);
      for (const paragraph of body.split("\n\n")) expect(paragraph).toMatch(/^(\* \* \*|[“A-Z].*[.?!”*])$/u);
      expect(body.match(/“/g)?.length ?? 0).toBe(body.match(/”/g)?.length ?? 0);
    }
  });

  it("are the same every time", () => {
    const plan = catalog[0] as StoryPlan;
    expect(write(plan)).toEqual(write(plan));
  });
});

it("gives each story a unique slug, and makes no author a co-editor of their own story", () => {
  expect(new Set(catalog.map(({ slug }) => slug)).size).toBe(catalog.length);
  for (const { author, coEditors } of catalog) expect(coEditors).not.toContain(author);
  expect(storiesFor("small").map(({ slug }) => slug)).toEqual([
    "the-pilot-of-saltmarrow",
    "tea-with-the-late-mr-quill",
    "eleven-thousand-mornings",
    "a-yellow-kitchen",
    "the-lighthouse-at-low-water",
  ]);
});
