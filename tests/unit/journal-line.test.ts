import { describe, expect, it } from "vitest";
import { formatLine, parseLine } from "../../app/stores/journal/line";
import type { PlacedTarget, View } from "../../app/tracker/view";
import { dayOf } from "../../app/tracker/window";
import { anonymous, viewOf } from "../support/views";

const story: PlacedTarget = { kind: "story", id: 7, storyId: 7 };
const at = Date.UTC(2026, 5, 3, 23, 59, 59);
const day = dayOf(at);
const keyOf = (view: View | null, wanted: number) => view?.offers[0].key(wanted);
const readBack = (view: View, daysBefore: number) => parseLine(Buffer.from(formatLine(view, daysBefore)));

describe("a line of the journal", () => {
  it.each([1, 2, 7])(
    "keeps an anonymous reader's keys of the day after, the day, and %i before",
    (daysBefore) => {
      const view = viewOf([story], anonymous("a"), at);
      const back = readBack(view, daysBefore);
      for (let offset = -daysBefore; offset <= 1; offset += 1)
        expect(keyOf(back, day + offset), `${offset}`).toBe(view.offers[0].key(day + offset));
      expect(back?.at).toBe(at);
    },
  );

  it("keeps a signed-in reader's key for any day, also in a line of a shorter window", () => {
    const back = readBack(viewOf([story], { userId: 3 }, at), 1);
    for (let offset = -7; offset <= 1; offset += 1) expect(keyOf(back, day + offset)).toBe("s7.u3");
  });

  it.each([1, 7])("keeps the keys from before a reader signed in, of the day and %i before", (daysBefore) => {
    const view = viewOf([story], { userId: 3, before: anonymous("a") }, at);
    const back = readBack(view, daysBefore);
    expect(keyOf(back, day)).toBe("s7.u3");
    for (let offset = -daysBefore; offset <= 0; offset += 1)
      expect(back?.offers[0].formerKey?.(day + offset)).toBe(view.offers[0].formerKey?.(day + offset));
    expect(readBack(viewOf([story], { userId: 3 }, at), daysBefore)?.offers[0].formerKey).toBeUndefined();
  });
});
