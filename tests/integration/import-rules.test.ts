import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeIdleImports, closeImports } from "../../app/stores/postgres/imports/import-memory";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { checkHistory } from "../../app/telemetry/ledger/check-history";
import { readLedger } from "../../app/telemetry/ledger/read-ledger";
import { recordLedger } from "../../app/telemetry/ledger/record-ledger";
import { rollUpExclusions } from "../../app/telemetry/roll-up/exclusions";
import { rollUpViews } from "../../app/telemetry/roll-up/views";
import { syncBuffers } from "../../app/tracker/sync";
import { planWindow } from "../../app/tracker/window";
import { undoImport } from "../../scripts/import-views/manage";
import { found, tracesOf } from "../support/address-traces";
import { combinedLine, countPlainly, type PlainVisit } from "../support/import-model";
import {
  countDifferences,
  createTales,
  importFolder,
  readTales,
  runImport,
  TALES_MAP,
} from "../support/import-site";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, recordAll, viewOf } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof importFolder>;
let tales: Awaited<ReturnType<typeof createTales>>;
beforeEach(async () => {
  database = await createTestDatabase();
  tales = await createTales(database.pool, 2);
  folder = importFolder();
});
afterEach(async () => {
  expect(await countDifferences(database.pool)).toBe(0);
  folder.remove();
  await database.drop();
});

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 2, 1, 9);
const visit = (at: number, reader = 1, story = 0, chapter = 0): PlainVisit => ({
  at,
  reader,
  story,
  chapter,
});
const log = (visits: PlainVisit[], agent?: string) =>
  visits.map((each) => `${combinedLine(each, agent)}\n`).join("");
const run = (files: string[], options?: Parameters<typeof runImport>[2]) =>
  runImport(database.pool, files, options);
const details = async () =>
  (
    await database.pool.query(
      `SELECT dimension, value, sum(views)::int AS views FROM "ViewDetailHour" GROUP BY 1, 2 HAVING sum(views) <> 0 ORDER BY 1, 2`,
    )
  ).rows.map(({ dimension, value, views }) => `${dimension} ${value} ${views}`);

describe("the rules for live views", () => {
  it("leave robots, prefetches, authors, drafts and views without a user agent out, each with its reason", async () => {
    await database.pool.query(`UPDATE "Chapter" SET status = 'DRAFT' WHERE id = $1`, [
      tales[1]?.chapters[1]?.id,
    ]);
    const json = JSON.stringify({
      remote_addr: "203.0.113.50",
      request: "GET /s/tale-0 HTTP/1.1",
      status: 200,
      http_user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
      http_sec_purpose: "prefetch",
      time_iso8601: "2025-03-01T10:00:00Z",
    });
    const map = `${TALES_MAP}\nauthors: ["203.0.113.21"]`;
    const report = await run(
      [
        folder.write("a.log", log([visit(START)]) + log([visit(START, 20)]) + log([visit(START, 2, 1, 2)])),
        folder.write("b.log", log([visit(START, 3), visit(START + 1000, 3)], "Googlebot/2.1")),
        folder.write("c.log", log([visit(START, 4)], "-")),
        folder.write("d.log", `${json}\n`),
      ],
      { map },
    );
    expect(report.leftOut).toEqual({ author: 1, unpublished: 1, robot: 2, "no-user-agent": 1, prefetch: 1 });
    expect(report).toMatchObject({ visits: 1, storyViews: 1 });
    expect(await details()).toEqual([
      "device desktop 1",
      "excluded author 1",
      "excluded no-user-agent 1",
      "excluded prefetch 1",
      "excluded robot 2",
      "excluded unpublished 1",
      "referrer news.example 1",
    ]);
  });

  it("leave a visit that two files have out once", async () => {
    const robots = (from: number, to: number) =>
      log(
        Array.from({ length: to - from }, (_, i) => visit(START + (from + i) * HOUR)),
        "Googlebot/2.1",
      );
    await run([folder.write("a.log", robots(0, 10))]);
    await run([folder.write("b.log", robots(5, 15))]);
    expect(await details()).toEqual(["excluded robot 15"]);
    expect(await database.db.viewImport.count()).toBe(2);
  });

  it("count referring sites by name up to a limit, and the site's own pages as this site", async () => {
    const lines = Array.from({ length: 130 }, (_, i) =>
      combinedLine(visit(START + i, i)).replace(
        "news.example",
        i === 0 ? "tales.example" : `site-${i}.example`,
      ),
    );
    await run([folder.write("access.log", `${lines.join("\n")}\n`)]);
    const named = (await details()).filter((each) => each.startsWith("referrer"));
    expect(named.filter((each) => each.startsWith("referrer site-"))).toHaveLength(100);
    expect(named).toContain("referrer this site 1");
    expect(named).toContain("referrer other 29");
  });

  it("tell readers of a CSV file apart by the column that names them, or by address and browser", async () => {
    const map = `csv: { time: t, story: s, chapter: c, reader: r, address: ip, agent: ua }`;
    const rows = [
      "1740819600,tale-0,1,ana,203.0.113.1,Mozilla/5.0 (X11) Firefox/140.0",
      "1740823200,tale-0,2,ana,203.0.113.2,Mozilla/5.0 (X11) Chrome/140.0",
      "1740823200,tale-0,,ben,203.0.113.1,Mozilla/5.0 (X11) Firefox/140.0",
      "1740823200,tale-0,,,203.0.113.1,Mozilla/5.0 (X11) Firefox/140.0",
      "1740826800,tale-0,,,203.0.113.1,Mozilla/5.0 (X11) Firefox/140.0",
      "1740826800,tale-0,,,203.0.113.1,Mozilla/5.0 (X11) Chrome/140.0",
      "1740826800,tale-9,,eva,,Mozilla/5.0 (X11) Chrome/140.0",
      "1740826800,tale-0,7,eva,,Mozilla/5.0 (X11) Chrome/140.0",
    ];
    const report = await run([folder.write("views.csv", `t,s,c,r,ip,ua\n${rows.join("\n")}\n`)], { map });
    expect(report).toMatchObject({
      visits: 6,
      storyViews: 4,
      chapterViews: 2,
      unknownPages: 2,
      unknownPageNames: { "tale-9": 1, "tale-0, chapter 7": 1 },
    });
  });

  it("need to be told to count views of which no user agent is known", async () => {
    const map = `csv: { time: t, story: s, reader: r }`;
    const file = folder.write("views.csv", "t,s,r\n1740819600,tale-0,ana\n");
    expect(await run([file], { map })).toMatchObject({
      import: null,
      leftOut: { "no-user-agent": 1 },
      storyViews: 0,
    });
    expect(await run([file], { map, args: ["--count-without-agent"] })).toMatchObject({ storyViews: 1 });
  });
});

describe("lines that do not fit", () => {
  it("are counted, and the first ones are named by their numbers without readers' data", async () => {
    const good = log(Array.from({ length: 30 }, (_, i) => visit(START + i * DAY)));
    const bad = Array.from({ length: 8 }, () => "203.0.113.9 is not a line\n").join("");
    const report = await run([folder.write("access.log", good + bad)]);
    expect(report).toMatchObject({ malformed: 8, storyViews: 30 });
    expect(report.malformedLines).toHaveLength(5);
    expect(report.malformedLines[0]).toEqual({
      file: "access.log",
      line: 31,
      why: "not understood as combined: <address> is not a line",
    });
  });

  it("stop a CSV file before anything is counted if they are most of its start", async () => {
    const map = `csv: { time: t, story: s, reader: r }`;
    const file = folder.write("views.csv", "t,s,r\n1 March 2025,tale-0,ana\n2 March 2025,tale-0,ana\n");
    await expect(run([file], { map })).rejects.toThrow(
      `views.csv: 2 of its first 2 lines do not fit the map. Line 2: column "t": "1 March 2025" is not a time. Nothing was counted.`,
    );
    expect(await database.db.viewImport.count()).toBe(0);
  });
});

describe("imported views beside live counting", () => {
  it("leave out what this site has counted itself, and move neither ledger nor history check", async () => {
    const { redis } = await connectTestRedis(11);
    try {
      const store = createRedisViews(redis, planWindow(24, 6));
      const live = Math.floor(Date.now() / HOUR) * HOUR;
      const { story } = tales[0] as (typeof tales)[number];
      await recordAll(store, [viewOf([story], anonymous("live"))]);
      await syncBuffers(store, createMarks(database.pool));
      await recordAll(store, [viewOf([story], anonymous("waiting"))]);
      const drift = async () => {
        await checkHistory(database.pool, 60_000);
        const { rows } = await database.pool.query(`SELECT result::int FROM "HistoryCheck"`);
        return { drift: (await readLedger(database.pool, store))?.drift, history: rows[0].result };
      };
      const ledger = async () => ({ ...(await readLedger(database.pool, store)), at: null });
      const before = await ledger();
      expect(await drift()).toEqual({ drift: 0, history: 0 });
      const past = Array.from({ length: 9 }, (_, i) => visit(live - (i + 1) * DAY, i % 2));
      const report = await run([folder.write("access.log", log([...past, visit(live + 1000)]))]);
      expect(report).toMatchObject({ leftOut: { "counted-here": 1 }, storyViews: 9 });
      expect(await drift()).toEqual({ drift: 0, history: 0 });
      expect(await ledger()).toEqual(before);
      await undoImport(database.pool, report.import as number, false);
      expect(await drift()).toEqual({ drift: 0, history: 0 });
      expect(await ledger()).toEqual(before);
      expect((await readTales(database.pool)).get("story 0")).toBe(1);
    } finally {
      redis.disconnect();
    }
  });

  it("are not among the readers whom a Redis that lost its data has forgotten: it never knew them", async () => {
    const { redis } = await connectTestRedis(11);
    try {
      const window = planWindow(24, 6);
      const store = createRedisViews(redis, window);
      const { story } = tales[0] as (typeof tales)[number];
      const recent = Math.floor(Date.now() / 1000) * 1000 - 2 * HOUR;
      await run([folder.write("access.log", log([visit(recent), visit(recent, 2)]))]);
      await recordAll(store, [viewOf([story], anonymous("live"))]);
      await syncBuffers(store, createMarks(database.pool));
      await recordLedger(database.pool, store, window);
      await redis.flushdb();
      await recordLedger(database.pool, store, window);
      expect(await database.db.knownLoss.findMany({ select: { mayRepeat: true } })).toEqual([
        { mayRepeat: 1n },
      ]);
    } finally {
      redis.disconnect();
    }
  });

  it("take a later end if they are told so, and leave out what has not happened yet", async () => {
    const future = Date.now() + 2 * DAY;
    const at = Date.UTC(2025, 2, 3);
    const file = folder.write("access.log", log([visit(at), visit(at + 2 * DAY), visit(future)]));
    expect(await run([file], { args: ["--until", "2025-03-04"] })).toMatchObject({
      storyViews: 1,
      leftOut: { "counted-here": 1, future: 1 },
    });
  });
});

describe("what is derived", () => {
  it("follows: days that were added up, and left-out visits of all stories, after import and undo", async () => {
    const { pool } = database;
    // A site whose roll-ups reach up to now.
    await pool.query(`INSERT INTO "ViewHour" VALUES ('story', $1, $2, 'history', 1)`, [
      tales[0]?.story.id,
      new Date(START - DAY),
    ]);
    await pool.query(`UPDATE "Story" SET "readCount" = 1 WHERE id = $1`, [tales[0]?.story.id]);
    const rollUp = async () => {
      await rollUpViews(pool);
      await rollUpExclusions(pool);
    };
    const sums = async () => {
      const { rows } = await pool.query(
        `SELECT (SELECT COALESCE(sum(d), 0)::int FROM "ViewMonth", unnest(days) AS d) AS days,
           (SELECT COALESCE(sum(d), 0)::int FROM "ViewDetailMonth", unnest(days) AS d) AS details,
           (SELECT COALESCE(sum(views), 0)::int FROM "ExclusionHour") AS excluded`,
      );
      return rows[0];
    };
    await rollUp();
    expect(await sums()).toEqual({ days: 1, details: 0, excluded: 0 });
    const visits = Array.from({ length: 5 }, (_, i) => visit(START + i * DAY, 1, 0, 1));
    const { import: id } = await run([
      folder.write("access.log", log(visits) + log([visit(START, 7)], "Googlebot/2.1")),
    ]);
    await rollUp();
    // 5 views of the story and of the chapter; a device, a referrer each, and a robot.
    expect(await sums()).toEqual({ days: 11, details: 11, excluded: 1 });
    await undoImport(pool, id as number, false);
    await rollUp();
    expect(await sums()).toEqual({ days: 1, details: 0, excluded: 0 });
  });
});

describe("privacy", () => {
  it("keeps no address anywhere, and forgets the readers' keys when the imports are closed", async () => {
    await run([
      folder.write("access.log", log(Array.from({ length: 9 }, (_, i) => visit(START + i * HOUR, i)))),
    ]);
    const dump = async () => {
      const tables = await database.pool.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
      const texts: string[] = [];
      for (const { tablename } of tables.rows) {
        const { rows } = await database.pool.query(`SELECT t::text AS row FROM "${tablename}" t`);
        texts.push(...rows.map(({ row }) => row));
      }
      return Buffer.from(texts.join("\n"));
    };
    for (let i = 0; i < 9; i += 1)
      expect(
        found(tracesOf(`203.0.113.${1 + i}`, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"), await dump()),
      ).toEqual([]);
    const before = await readTales(database.pool);
    expect(await closeIdleImports(database.pool)).toBe(0);
    await database.pool.query(`UPDATE "ImportMemory" SET "usedAt" = now() - interval '8 days'`);
    expect(await closeIdleImports(database.pool)).toBe(1);
    const { rows } = await database.pool.query(
      `SELECT (SELECT count(*)::int FROM "ImportedVisit") AS visits, (SELECT count(*)::int FROM "ImportMemory") AS salts`,
    );
    expect(rows).toEqual([{ visits: 0, salts: 0 }]);
    expect(await readTales(database.pool)).toEqual(before);
  });

  it("knows a closed import's files still, adds what they have grown by, and can undo it", async () => {
    const visits = Array.from({ length: 8 }, (_, i) => visit(START + i * 2 * DAY));
    const { import: first } = await run([folder.write("access.log", log(visits.slice(0, 5)))]);
    await closeImports(database.pool);
    expect(await run([folder.write("access.log", log(visits.slice(0, 5)))])).toMatchObject({
      import: null,
      knownLines: 5,
    });
    const grown = await run([folder.write("access.log", log(visits))]);
    expect(grown.import).not.toBe(first);
    expect(await readTales(database.pool)).toEqual(countPlainly(visits, DAY));
    await undoImport(database.pool, first as number, false);
    expect((await readTales(database.pool)).get("story 0")).toBe(3);
  });

  it("counts what a killed run had kept before its readers are forgotten", async () => {
    const file = folder.write("access.log", log([visit(START)]));
    await run([file]);
    await database.pool.query(`UPDATE "ImportMemory" SET counted = false`);
    await database.pool.query(`UPDATE "ViewHour" SET views = 0`);
    await database.pool.query(`UPDATE "Story" SET "readCount" = 0`);
    await closeImports(database.pool);
    expect((await readTales(database.pool)).get("story 0")).toBe(1);
  });

  it("refuses another window while readers are remembered", async () => {
    await run([folder.write("access.log", log([visit(START)]))]);
    await expect(run([folder.write("b.log", log([visit(START)]))], { windowHours: 6 })).rejects.toThrow(
      "the open imports were counted with a window of 24 hours, and VIEW_DEDUP_TTL_HOURS is 6 now. Close them first: npm run import-views -- --close",
    );
  });
});
