import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readHabits } from "../../app/pages/story-analytics/over-time/read-habits";
import { readMarks } from "../../app/pages/story-analytics/over-time/read-marks";
import { readReleases } from "../../app/pages/story-analytics/over-time/read-releases";
import { readToday } from "../../app/pages/story-analytics/over-time/read-today";
import { readSpan } from "../../app/pages/story-analytics/read-span";
import { readBuckets } from "../../app/pages/story-analytics/read-view-hours";
import { HOUR_MS, zoneClock } from "../../app/shared/calendar";
import { rollUpViews } from "../../app/telemetry/roll-up/views";
import { createTestDatabase } from "../support/services";

const now = Date.parse("2026-11-22T14:20:00Z");
const firstAt = Date.parse("2025-09-01T00:00:00Z");
const HOURS = Math.floor((now - firstAt) / HOUR_MS) + 1;
/** Some hours have no views, and no two neighbouring hours have the same number. */
const viewsAt = (hour: number) => (hour * 7) % 11;

let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
  const rows = Array.from({ length: HOURS }, (_, hour) => ({
    hour: new Date(firstAt + hour * HOUR_MS),
    views: viewsAt(hour),
  }));
  await database.db.viewHour.createMany({
    data: rows.flatMap(({ hour, views }) => [
      { kind: "story", targetId: 1, hour, source: "r:a", views },
      { kind: "story", targetId: 1, hour, source: "db", views: 1 },
      { kind: "story", targetId: 2, hour, source: "db", views: 1000 },
    ]),
  });
});
afterAll(() => database.drop());

/** The same sums, hour by hour. */
function naive(starts: number[], to: number) {
  const sums = starts.map(() => 0);
  for (let hour = 0; hour < HOURS; hour += 1) {
    const at = firstAt + hour * HOUR_MS;
    const place = starts.findLastIndex((start) => start <= at);
    if (place >= 0 && at < to) sums[place] = (sums[place] ?? 0) + viewsAt(hour) + 1;
  }
  return sums;
}

const QUERIES = [
  "range=48h",
  "range=7d&by=hour",
  "range=30d&compare=year",
  "range=1y&by=week&compare=previous",
  "range=all&by=month",
  "range=custom&from=2026-03-20&to=2026-04-10",
  "range=custom&from=2025-10-15&to=2026-01-15&by=month&compare=previous",
];

describe("views by hour, day, week and month", () => {
  async function compareAll() {
    for (const query of QUERIES)
      for (const zone of ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]) {
        const span = readSpan(new URLSearchParams(query), zone, now, firstAt);
        for (const part of [span, span.compared])
          if (part)
            expect(await readBuckets(database.db, "story", 1, part), `${query} in ${zone}`).toEqual(
              naive(part.starts, part.to),
            );
      }
  }
  it("are the sums of their hours in every zone", compareAll);
  it("are the same from days that were added up", async () => {
    await rollUpViews(database.pool);
    const { count } = (
      await database.pool.query<{ count: string }>(`SELECT count(*) FROM "ViewMonth" WHERE "targetId" = 1`)
    ).rows[0] as { count: string };
    expect(Number(count)).toBeGreaterThan(10);
    await compareAll();
  });
});

describe("when a story is read", () => {
  it("has the means of each hour of the week, as a walk through all hours has them", async () => {
    for (const zone of ["UTC", "America/New_York", "Asia/Kolkata"]) {
      const span = readSpan(new URLSearchParams("range=1y"), zone, now, firstAt);
      const { week, best, isRecent } = await readHabits(database.db, "story", 1, span, now);
      // Of a year, its last 13 weeks; today is the last day.
      expect(isRecent).toBe(true);
      const recent = readSpan(
        new URLSearchParams("range=custom&from=2026-08-24&to=2026-11-22"),
        zone,
        now,
        firstAt,
      );
      const sums = week.map(() => ({ views: 0, hours: 0 }));
      for (let at = recent.from; at < Math.floor(now / HOUR_MS) * HOUR_MS; at += HOUR_MS) {
        const wall = new Date(zoneClock(zone).wallOf(at));
        const slot = sums[((wall.getUTCDay() + 6) % 7) * 24 + wall.getUTCHours()];
        if (slot) {
          slot.views += viewsAt((at - firstAt) / HOUR_MS) + 1;
          slot.hours += 1;
        }
      }
      for (const [place, { views, hours }] of sums.entries())
        expect(week[place]).toBeCloseTo(views / hours, 9);
      expect(best[1]).toMatch(/^Best hour: \d+ Nov 2026, .* 11 views\.$/);
    }
  });

  it("compares today with the same day a week ago, up to the same hour", async () => {
    const midnight = Date.parse("2026-11-21T23:00:00Z");
    const week = 7 * 24 * HOUR_MS;
    const [counted] = naive([midnight], now);
    const [weekAgo] = naive([midnight - week], Date.parse("2026-11-15T15:00:00Z"));
    expect(await readToday(database.db, "story", 1, "Europe/Berlin", now)).toEqual({
      counted,
      weekAgo,
      by: new Date("2026-11-22T15:00:00Z"),
    });
  });
});

describe("what a chart marks, and chapters at the same age", () => {
  it("has publications, drills, pauses and voided views, without operators' words", async () => {
    const { db } = database;
    const author = await db.user.create({
      data: { email: "m@x.example", name: "M", role: "EDITOR", passwordHash: "" },
    });
    const story = await db.story.create({ data: { slug: "s", title: "S", blurb: "", authorId: author.id } });
    const published = new Date("2026-11-18T08:30:00Z");
    const chapter = (number: number, publishedAt: Date | null) =>
      db.chapter.create({
        data: {
          storyId: story.id,
          number,
          title: `C${number}`,
          body: "",
          status: publishedAt ? "PUBLISHED" : "DRAFT",
          publishedAt,
        },
      });
    const first = await chapter(1, published);
    await chapter(2, null);
    await db.viewHour.createMany({
      data: [
        {
          kind: "chapter",
          targetId: first.id,
          hour: new Date("2026-11-18T08:00:00Z"),
          source: "db",
          views: 4,
        },
        {
          kind: "chapter",
          targetId: first.id,
          hour: new Date("2026-11-20T07:00:00Z"),
          source: "db",
          views: 2,
        },
        {
          kind: "chapter",
          targetId: first.id,
          hour: new Date("2026-11-20T08:00:00Z"),
          source: "db",
          views: 1,
        },
      ],
    });
    await db.voidedViews.create({
      data: {
        storyId: story.id,
        fromHour: new Date("2026-11-19T00:00:00Z"),
        toHour: new Date("2026-11-19T02:00:00Z"),
        storyViews: 7,
        chapterViews: 0,
        reason: "a secret reason",
      },
    });
    await db.auditEvent.create({
      data: {
        at: new Date("2026-11-22T13:00:00Z"),
        actor: "user 1",
        action: "sync.pause",
        target: "setting sync",
        after: { pausedUntil: "2026-11-22T16:38:00.000Z", pausedReason: "a secret reason" },
      },
    });
    const span = readSpan(new URLSearchParams("range=7d"), "UTC", now, firstAt);
    const marks = await readMarks(db, story.id, span, now, true);
    expect(marks.pausedUntil).toEqual(new Date("2026-11-22T16:38:00Z"));
    expect(JSON.stringify(marks)).not.toContain("secret");
    expect(marks.annotations.map(({ kind, label }) => [kind, label])).toEqual([
      ["chapter", "chapter 1 was published: C1"],
      ["void", "an operator left out 7 views"],
      ["pause", "the sync was paused"],
    ]);
    expect(await readReleases(db, story.id, "30", now)).toEqual([
      { number: 1, title: "C1", views: [4, 6, 7, 7, 7], whole: 4 },
    ]);
  });
});
