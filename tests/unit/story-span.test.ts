import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readZone } from "../../app/pages/story-analytics/editor-zone";
import { readSpan } from "../../app/pages/story-analytics/read-span";
import { addUnits, bucketStarts, HOUR_MS, zoneClock } from "../../app/shared/calendar";
import { axisLabelsOf } from "../../app/ui/charts/axis-labels";
import { UTC } from "../../app/ui/time/zone";

const now = Date.parse("2026-11-22T14:20:00Z");
const iso = (at: number | undefined) => new Date(at ?? Number.NaN).toISOString().slice(0, 16);
const span = (query: string, zone = "UTC", at = now) =>
  readSpan(new URLSearchParams(query), zone, at, Date.parse("2026-01-05T10:00:00Z"));

describe("buckets of a time zone", () => {
  it("has days of 23 and 25 hours where the clocks change", () => {
    const { starts } = span("range=custom&from=2026-03-28&to=2026-03-30", "Europe/Berlin");
    expect(
      span("range=custom&from=2026-03-28&to=2026-03-30&by=day", "Europe/Berlin").starts.map(iso),
    ).toEqual(["2026-03-27T23:00", "2026-03-28T23:00", "2026-03-29T22:00"]);
    expect(starts.length).toBe(3);
    const autumn = span("range=custom&from=2026-10-25&to=2026-10-25", "Europe/Berlin");
    expect([autumn.unit, autumn.starts.length]).toEqual(["hour", 25]);
  });

  it("starts a day of a half-hour zone with its first whole hour, and says so", () => {
    const kolkata = span("range=7d", "Asia/Kolkata");
    expect(iso(kolkata.starts[1])).toBe("2026-11-16T19:00");
    expect([kolkata.splitsHours, span("range=7d", "Europe/Berlin").splitsHours]).toEqual([true, false]);
  });

  it("puts every hour in the bucket that a calendar names", () => {
    const zones = [
      "UTC",
      "Europe/Berlin",
      "America/New_York",
      "Australia/Sydney",
      "Pacific/Auckland",
      "America/Sao_Paulo",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom("day" as const, "week" as const, "month" as const),
        fc.integer({ min: 0, max: 24 * 900 }),
        fc.integer({ min: 1, max: 24 * 120 }),
        (zone, unit, first, length) => {
          const clock = zoneClock(zone);
          const from = Date.parse("2024-01-01T00:00:00Z") + first * HOUR_MS;
          const to = from + length * HOUR_MS;
          const starts = bucketStarts(clock, unit, from, to);
          const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
          // The naive model: name each hour's own day, and start a bucket where the name changes.
          const nameOf = (at: number) => {
            const day = format.format(at);
            if (unit === "day") return day;
            if (unit === "month") return day.slice(0, 7);
            const date = new Date(`${day}T00:00:00Z`);
            date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
            return date.toISOString().slice(0, 10);
          };
          const naive: number[] = [];
          for (let at = from; at < to; at += HOUR_MS)
            if (at === from || nameOf(at) !== nameOf(at - HOUR_MS)) naive.push(at);
          expect(starts).toEqual(naive);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it("keeps the last day of a month within the month", () => {
    expect(iso(addUnits(Date.parse("2026-03-31T05:00:00Z"), "month", -1))).toBe("2026-02-28T05:00");
  });

  it("names days, weeks and months in the zone", () => {
    const labels = (query: string) => {
      const { starts, unit } = span(query, "Europe/Berlin");
      const calendar = { unit: unit as "day", timeZone: "Europe/Berlin" };
      return starts.map(axisLabelsOf(starts, 86_400, UTC, calendar).bucket);
    };
    expect(labels("range=7d")[0]).toBe("16 Nov 2026 (Europe/Berlin)");
    expect(labels("range=30d&by=week").slice(0, 2)).toEqual([
      "Week from 24 Oct 2026 (Europe/Berlin)",
      "Week from 26 Oct 2026 (Europe/Berlin)",
    ]);
    expect(labels("range=90d&by=month").slice(0, 2)).toEqual([
      "Month from 25 Aug 2026 (Europe/Berlin)",
      "Sept 2026 (Europe/Berlin)",
    ]);
  });
});

describe("the range in an address", () => {
  it("stays within the bound of points for every range, unit and zone", () => {
    for (const range of ["48h", "7d", "30d", "90d", "1y", "all", "custom&from=2010-01-01&to=2026-11-22"])
      for (const by of ["hour", "day", "week", "month"])
        for (const zone of ["UTC", "Asia/Kolkata", "America/New_York"]) {
          const { starts, to, problem, unit } = span(`range=${range}&by=${by}`, zone);
          expect(starts.length).toBeLessThanOrEqual(600);
          expect(to).toBeLessThanOrEqual(now);
          expect(problem === null).toBe(unit === by);
        }
  });

  it.each([
    ["from=2026-11-03", /Enter both a first and a last day/],
    ["from=2026-02-31&to=2026-03-02", /Enter both/],
    ["from=2026-11-03&to=2026-11-01", /last day must not be before/],
    ["from=2027-01-01&to=2027-01-02", /in the future/],
    ["from=0001-01-01&to=2026-01-01", /at most 20 years/],
    ["from=%3Cscript%3E&to='; DROP TABLE", /Enter both/],
  ])("explains %s, and shows the last 30 days", (query, why) => {
    const found = span(`range=custom&${query}`);
    expect(found.problem).toMatch(why);
    expect([found.key, found.starts.length]).toEqual(["30d", 30]);
    expect(found.fields.from).toBe(new URLSearchParams(query).get("from"));
  });

  it("ends a custom range now at the latest, and otherwise with its last day", () => {
    expect(iso(span("range=custom&from=2026-11-01&to=2026-11-10", "Europe/Berlin").to)).toBe(
      "2026-11-10T23:00",
    );
    expect(span("range=custom&from=2026-11-01&to=2026-12-10").to).toBe(now);
  });
});

describe("the earlier period", () => {
  const compared = (query: string, zone?: string) => span(query, zone).compared;
  it("has the same weekdays, up to the same hour", () => {
    const found = compared("range=30d");
    expect(found?.words).toBe("19 Sept – 18 Oct 2026 (same weekdays)");
    expect([iso(found?.starts[0]), iso(found?.to)]).toEqual(["2026-09-19T00:00", "2026-10-18T15:00"]);
  });
  it("is the period before, or the same days a year earlier", () => {
    expect(compared("range=30d&compare=previous")?.words).toBe("24 Sept – 23 Oct 2026 (previous period)");
    expect(compared("range=30d&compare=year")?.words).toBe("24 Oct – 22 Nov 2025 (a year earlier)");
    expect(compared("range=custom&from=2026-09-01&to=2026-10-31&by=month&compare=previous")?.words).toBe(
      "1 Jul – 31 Aug 2026 (previous period)",
    );
    expect(compared("range=30d&compare=none")).toBeNull();
    expect(compared("range=all")).toBeNull();
  });
  it("keeps local midnights across a change of the clocks, with as many buckets", () => {
    const found = compared("range=30d&compare=previous", "Europe/Berlin");
    expect([iso(found?.starts[0]), found?.starts.length]).toEqual(["2026-09-23T22:00", 30]);
  });
});

describe("the zone in the cookie", () => {
  const zoneOf = (Cookie: string) => readZone(new Request("http://site.test/", { headers: { Cookie } }));
  it.each([
    ["a=b; tidemark-zone=Europe/Berlin", "Europe/Berlin"],
    ["tidemark-zone=America/Argentina/Buenos_Aires; x=y", "America/Argentina/Buenos_Aires"],
    ["", "UTC"],
    ["tidemark-zone=Mars/Olympus", "UTC"],
    ["tidemark-zone=<script>", "UTC"],
    [`tidemark-zone=${"a".repeat(500)}`, "UTC"],
  ])("reads %s as %s", (cookie, zone) => expect(zoneOf(cookie)).toBe(zone));
});
