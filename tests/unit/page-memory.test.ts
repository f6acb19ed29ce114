import { describe, expect, it } from "vitest";
import { createPageMemory } from "../../app/ui/shell/page-memory";

/** A memory whose pages say which data they were rendered from and leave a blank; `renders` counts. */
function open(maxCharacters = 100_000) {
  const memory = createPageMemory(maxCharacters);
  const seen = { renders: 0, marks: new Set<string>() };
  const page = (path: string, data: string, count: number) =>
    memory.page(
      path,
      data,
      (blank) => {
        seen.renders += 1;
        seen.marks.add(blank(""));
        return `<p>${data}: ${blank("reads")} reads, ${blank("nonce")}</p>`;
      },
      (name) => (name === "reads" ? String(count) : `filled ${name}`),
    );
  return { page, seen };
}

describe("a remembered page", () => {
  it("is rendered once, and every reader gets their own values in its blanks", () => {
    const { page, seen } = open();
    expect(page("/a", "A", 1)).toBe("<p>A: 1 reads, filled nonce</p>");
    expect(page("/a", "A", 2)).toBe("<p>A: 2 reads, filled nonce</p>");
    expect(seen.renders).toBe(1);
  });

  it("is rendered again as soon as its data differ, and belongs to its path", () => {
    const { page, seen } = open();
    page("/a", "before", 1);
    expect(page("/a", "after", 1)).toContain("after");
    expect(page("/a", "before", 1)).toContain("before");
    expect(page("/b", "after", 1)).toContain("after");
    expect(seen.renders).toBe(4);
  });

  it("leaves alone what looks like a blank of another process", () => {
    const [mark = ""] = open().seen.marks;
    const text = `${mark}reads${mark} \u0000reads\u0000 $& $1 {reads}`;
    expect(open().page("/a", text, 7)).toBe(`<p>${text}: 7 reads, filled nonce</p>`);
  });

  it("is forgotten when others need its place, and a page that is too large is rendered every time", () => {
    const { page, seen } = open(400);
    page("/a", "a".repeat(100), 1);
    page("/b", "b".repeat(100), 1);
    page("/a", "a".repeat(100), 1);
    expect(seen.renders).toBe(3);
    for (let i = 0; i < 2; i += 1) expect(page("/c", "c".repeat(500), 1)).toContain("ccc");
    expect(seen.renders).toBe(5);
  });
});
