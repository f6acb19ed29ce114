import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSpan } from "../../app/pages/story-analytics/read-span";
import { readBuckets } from "../../app/pages/story-analytics/read-view-hours";
import { HOUR_MS } from "../../app/shared/calendar";
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
