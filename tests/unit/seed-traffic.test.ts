import { expect, it } from "vitest";
import { createCalendar, DAY, HOUR, publicationTimes } from "../../prisma/seed/calendar";
import { catalog, type StoryPlan, storiesFor } from "../../prisma/seed/catalog";
import { createRandom, seedOf } from "../../prisma/seed/random";
import { rowsOf } from "../../prisma/seed/rows";
import { tallyVisits, totalOf } from "../../prisma/seed/tally";
import { imagineTraffic } from "../../prisma/seed/traffic";

const now = new Date("2026-03-04T12:34:56Z");
const calendar = createCalendar(now, "demo");

function imagine(plan: StoryPlan) {
  const published = publicationTimes(plan, calendar);
  const traffic = imagineTraffic(plan, published, calendar, createRandom(seedOf(plan.slug)));
  return { published, ...traffic, tally: tallyVisits(traffic.visits, traffic.excluded, published.length) };
}

const plan = catalog[0] as StoryPlan;
const { published, visits, excluded, tally } = imagine(plan);

it("publishes every chapter before now, in the demo and in the small site", () => {
  for (const size of ["demo", "small"] as const)
    for (const story of storiesFor(size))
      for (const at of publicationTimes(story, createCalendar(now, size)))
        expect(at).toBeLessThan(createCalendar(now, size).end);
});

it("has no visits before a chapter is published, in the future, or during the outage", () => {
  const { outage, end } = calendar;
  expect(visits.filter(({ at }) => at >= end)).toEqual([]);
  expect(visits.filter(({ at }) => at >= outage.from && at < outage.to)).toEqual([]);
  const isEarly = ({ at, chapters }: (typeof visits)[number]) =>
    chapters.some((index) => (published[index] ?? Number.POSITIVE_INFINITY) > at);
  expect(visits.filter(isEarly)).toEqual([]);
  expect(calendar.outage.to - calendar.outage.from).toBe(5 * HOUR);
});

it("adds up: in every hour the story has at least the views of its busiest chapter, and its details sum to its views", () => {
  const views = new Map(tally.story.map(({ hour, views }) => [hour, views]));
  const tooMany = tally.chapters.flat().filter((count) => count.views > (views.get(count.hour) ?? 0));
  expect(tooMany).toEqual([]);
  for (const dimension of ["referrer", "device"])
    expect(totalOf(tally.details.filter((detail) => detail.dimension === dimension))).toBe(visits.length);
  expect(totalOf(tally.story)).toBe(visits.length);
  expect(totalOf(tally.details.filter((detail) => detail.dimension === "excluded"))).toBe(
    excluded.reduce((sum, { views }) => sum + views, 0),
  );
});

it("loses readers from chapter to chapter, and peaks when a chapter is published", () => {
  const totals = tally.chapters.map(totalOf);
  expect(totals[0]).toBeGreaterThan(2 * (totals[5] ?? 0));
  const launch = published[8] ?? 0;
  const between = (from: number, to: number) => visits.filter(({ at }) => at >= from && at < to).length;
  expect(between(launch, launch + DAY)).toBeGreaterThan(2 * between(launch - DAY, launch));
});

it("gives each early view a row, and no reader two rows within a day", () => {
  const ids = { story: 1, chapters: published.map((_, index) => 10 + index), readers: [7, 8] };
  const rows = rowsOf(visits, calendar.rowsUntil, ids, createRandom(1));
  const early = visits.filter(({ at }) => at < calendar.rowsUntil);
  expect(rows.story).toHaveLength(early.length);
  expect(rows.chapters).toHaveLength(early.reduce((sum, { chapters }) => sum + chapters.length, 0));
  for (const list of [rows.story, rows.chapters]) {
    const last = new Map<string, number>();
    for (const { targetId, viewer, viewedAt } of list) {
      expect(viewer).toMatch(/^(u\d+|[\w-]{8})$/);
      const key = `${targetId} ${viewer}`;
      expect(viewedAt - (last.get(key) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(DAY);
      last.set(key, viewedAt);
    }
  }
});

it("depends only on the minute", () => {
  expect(createCalendar(new Date("2026-03-04T12:34:00Z"), "demo")).toEqual(calendar);
  expect(imagine(plan).tally).toEqual(tally);
});
