import { expect } from "vitest";
import { readStory } from "../../app/pages/reading/read-story";
import type { Runtime } from "../../app/runtime/create-runtime";
import { readAs } from "./readers";

type Path = "redis" | "database";

/**
 * Readers of one chapter of a story, and the count that they see. The only model of what the site should have counted is who has read:
 * it knows nothing of stores.
 */
export function createReaders(web: Runtime, slug: string) {
  const all = new Set<string>();
  /** Views that may be counted twice until they are reconciled: one store could not know that the other had counted them. */
  let doubtful = 0;
  let shownBefore = 0;

  /** The count on the pages of the story and of its chapter. */
  async function shown(): Promise<number> {
    const reads = (await readStory(web, null, slug))?.reads;
    if (!reads) throw new Error("there is no such story");
    expect(reads[1], "the chapter is read whenever the story is").toBe(reads.story);
    return reads.story;
  }

  async function look() {
    const now = await shown();
    expect(now, "the count never falls").toBeGreaterThanOrEqual(shownBefore);
    expect(now, "every view sent is counted").toBeGreaterThanOrEqual(all.size);
    expect(now, "and none is counted twice, as far as it can be known").toBeLessThanOrEqual(
      all.size + doubtful,
    );
    shownBefore = now;
  }

  /** Reads, and at once reads again. */
  async function read(reader: string, path: Path) {
    const outcome = await readAs(web.countView, slug, reader, 1);
    expect(outcome).toMatchObject({ counted: true, path });
    const again = await readAs(web.countView, slug, reader, 1);
    expect(again).toMatchObject({ counted: false, reason: "duplicate", path });
    await look();
    expect(again.viewCount, "a reader's own answer says what the page says").toBe(shownBefore);
  }

  return {
    /** How many have read. */
    count: () => all.size,
    /** Someone reads who never has. `asksFrozen`: their view is the one that finds Redis frozen, which may count it later. */
    async arrives(path: Path, { asksFrozen = false } = {}) {
      const reader = `reader ${all.size + 1}`;
      all.add(reader);
      if (asksFrozen) doubtful += 1;
      await read(reader, path);
    },
    /** Someone comes back while only Redis, which is away, knows that they have read: counted again until that is reconciled. */
    async comesBack(place: number) {
      const reader = `reader ${place}`;
      expect(all).toContain(reader);
      doubtful += 1;
      await read(reader, "database");
    },
    look,
    /** Whether every view counts once, and the count says so: after an outage, what was doubtful is settled by then. */
    async areSettled() {
      if ((await shown()) !== all.size) return false;
      doubtful = 0;
      shownBefore = all.size;
      return true;
    },
  };
}
