import { z } from "zod";
import type { Offer, View } from "~/tracker/view";
import { dayOf } from "~/tracker/window";

/** The largest id that a column of type integer holds. */
const MAX_ID = 2_147_483_647;
/** 2100-01-01, Unix ms: a later time is damage, and neither store could keep it. */
const MAX_TIME = 4_102_444_800_000;

const id = z.int().min(1).max(MAX_ID);
// Postgres refuses NUL in text, so a key or host that holds one is damage too.
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\0]*$/);
const key = text(200);
const lineSchema = z.strictObject({
  at: z.number().min(1).max(MAX_TIME),
  offers: z
    .array(z.tuple([z.enum(["story", "chapter"]), id, id, key, key, key], key))
    .min(1)
    .max(2),
  // Of readers who had just signed in: for each offer, the keys from before that, of the day and of the days before it.
  former: z.array(z.array(key).min(1)).min(1).max(2).optional(),
  referrer: text(300),
  device: z.enum(["desktop", "mobile", "tablet", "other"]),
});

/**
 * One view per line, with the viewer's keys for that day, the day before and the day after, and, where a window is longer than a
 * day, for the days before those. It never holds an address.
 */
type Line = z.infer<typeof lineSchema>;

/** Writes a view as one line, without its line feed, with the keys of so many days before. */
export function formatLine(view: View, daysBefore: number): string {
  const at = view.at ?? view.seenAt;
  const day = dayOf(at);
  const offers = view.offers.map((offer): Line["offers"][number] => [
    offer.kind,
    offer.id,
    offer.storyId,
    offer.key(day),
    offer.key(day - 1),
    offer.key(day + 1),
    ...Array.from({ length: daysBefore - 1 }, (_, i) => offer.key(day - 2 - i)),
  ]);
  const former = view.offers.flatMap(({ formerKey }) =>
    formerKey ? [Array.from({ length: daysBefore + 1 }, (_, back) => formerKey(day - back))] : [],
  );
  const line: Line = { at, offers, referrer: view.referrer, device: view.device };
  if (former.length > 0) line.former = former;
  return JSON.stringify(line);
}

/**
 * Reads a line back as a view with its own time. @returns null unless the whole line is what this version writes: a damaged
 * line, or one of a version that keeps something else, must not reach a store half understood.
 */
export function parseLine(bytes: Buffer): View | null {
  const line = lineSchema.safeParse(parseJson(bytes.toString("utf8"))).data;
  if (!line) return null;
  const day = dayOf(line.at);
  const offers = line.offers.map(([kind, id, storyId, today, before, after, ...earlier], i) => ({
    kind,
    id,
    storyId,
    ...formerKeyOf(line.former?.[i], day),
    // A line of a shorter window has no earlier keys. A signed-in reader's are all the same.
    key: (wanted: number) =>
      wanted > day ? after : wanted === day ? today : (earlier[day - 2 - wanted] ?? before),
  }));
  return {
    offers: offers as View["offers"],
    at: line.at,
    seenAt: line.at,
    referrer: line.referrer,
    device: line.device,
  };
}

const formerKeyOf = (keys: string[] | undefined, day: number): Pick<Offer, "formerKey"> =>
  keys ? { formerKey: (wanted) => keys[day - wanted] ?? "" } : {};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses undefined, and the caller reports the line.
    return undefined;
  }
}
