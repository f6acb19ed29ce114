import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readIncidents } from "../../app/telemetry/incidents";
import { rollUpSamples } from "../../app/telemetry/roll-up/samples";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.now();
const ago = (minutes: number) => new Date(now - minutes * MINUTE);
const FROZEN = "no answer within 150 ms";

let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

async function moves(
  process: string,
  list: [minutesAgo: number, from: string, to: string, reason?: string][],
) {
  await database.db.modeChange.createMany({
    data: list.map(([minutes, from, to, reason = "Redis answers again"]) => ({
      at: ago(minutes),
      process,
      role: "web",
      from,
      to,
      reason,
    })),
  });
}

/** Samples every ten seconds, as a process writes them. */
const reports = (process: string, fromMinutes: number, toMinutes: number, journal = 0) =>
  database.pool.query(
    `INSERT INTO "Sample" (at, span, process, role, mode, journal)
     SELECT at, 10, $1, 'web', 'redis', $4 FROM generate_series($2::timestamptz, $3::timestamptz, interval '10 seconds') at`,
    [process, ago(fromMinutes), ago(toMinutes), journal],
  );

async function clear() {
  await database.pool.query(
    `TRUNCATE "ModeChange", "Sample", "Presence", "RollUp", "SampleTotal", "Drill", "StoryView", "ChapterView" CASCADE`,
  );
}

describe("incidents", () => {
  it("are the outages of a range with their whole length, the latest first, and with their views", async () => {
    await clear();
    const { story, chapters } = await createStory(database.pool, "between-two-tides");
    for (const web of ["web-a", "web-b"]) {
      await reports(web, 300, 0);
      await moves(web, [[299, "started", "redis", "process started"]]);
    }
    await moves("web-a", [
      [200, "redis", "database", FROZEN],
      [190, "database", "redis"],
      [20, "redis", "database", "drill 1: a rehearsed outage, started by user 999"],
      [18, "database", "redis"],
    ]);
    await moves("web-b", [
      [199, "redis", "database", "the connection to Redis was lost"],
      [188, "database", "redis"],
      [1, "redis", "database", "the connection to Redis was lost"],
    ]);
    await database.db.drill.create({
      data: { id: 1, startedAt: ago(20), endsAt: ago(18), startedBy: "user 999" },
    });
    const row = (table: string, target: number, minutes: number, state: string) =>
      database.pool.query(
        `INSERT INTO "${table}" ("${table === "StoryView" ? "storyId" : "chapterId"}", viewer, "viewedAt", counted, "window", "reconciledAt", "retractedAt")
         SELECT $1, md5(random()::text), $2::timestamptz, $3 = 'counted' OR $3 = 'open', tstzrange($2::timestamptz, $2::timestamptz + interval '1 day'),
           CASE WHEN $3 <> 'open' AND $3 <> 'repeat' THEN $2::timestamptz + interval '15 min' END, CASE WHEN $3 = 'retracted' THEN $2::timestamptz + interval '15 min' END`,
        [target, ago(minutes), state],
      );
    for (const state of ["counted", "counted", "retracted"]) await row("StoryView", story.id, 195, state);
    await row("ChapterView", chapters[0]?.id ?? 0, 195, "counted");
    await row("StoryView", story.id, 150, "counted");
    await row("StoryView", story.id, 19, "retracted");
    for (const state of ["open", "open", "repeat"]) await row("StoryView", story.id, 0.5, state);

    const found = await readIncidents(database.db, now - 4 * HOUR, now, now);
    expect(found).toEqual([
      expect.objectContaining({
        from: ago(1).getTime(),
        to: null,
        kind: "unreachable",
        processes: ["web-b"],
        views: { database: 2, retracted: 0, unreconciled: 2, journal: 0, complete: true },
      }),
      expect.objectContaining({
        from: ago(20).getTime(),
        to: ago(18).getTime(),
        kind: "drill",
        drill: 1,
        views: { database: 1, retracted: 1, unreconciled: 0, journal: 0, complete: true },
      }),
      expect.objectContaining({
        from: ago(200).getTime(),
        to: ago(188).getTime(),
        kind: "frozen",
        reason: FROZEN,
        processes: ["web-a", "web-b"],
        views: { database: 4, retracted: 1, unreconciled: 0, journal: 0, complete: true },
      }),
    ]);
    // A range that starts, or ends, within an outage shows it with its whole length, of all processes that were there.
    const [within] = await readIncidents(database.db, now - 195 * MINUTE, now - 192 * MINUTE, now);
    expect(within).toMatchObject({
      from: ago(200).getTime(),
      to: ago(188).getTime(),
      processes: ["web-a", "web-b"],
    });
    expect(await readIncidents(database.db, now - 180 * MINUTE, now - 100 * MINUTE, now)).toEqual([]);
  });

  it("end with a process that was killed, also where its samples were rolled up, and add what the journal took", async () => {
    await clear();
    await reports("web-killed", 600, 400, 2);
    await moves("web-killed", [
      [601, "started", "redis", "process started"],
      [500, "redis", "journal", `${FROZEN}; database: no answer within 500 ms`],
    ]);
    await reports("web-new", 399, 0);
    await moves("web-new", [[399, "started", "redis", "process started"]]);
    const read = () => readIncidents(database.db, now - 12 * HOUR, now, now);
    const before = await read();
    expect(before).toMatchObject([{ from: ago(500).getTime(), kind: "frozen", journal: true }]);
    const [{ to, views }] = before as [(typeof before)[number]];
    expect(Math.abs(Number(to) - ago(400).getTime())).toBeLessThanOrEqual(10_000);
    expect(views.journal).toBeGreaterThanOrEqual(2 * 600);
    await rollUpSamples(database.pool);
    expect(await database.db.presence.count()).toBeGreaterThan(0);
    expect(await read()).toEqual(before);
  });
});
