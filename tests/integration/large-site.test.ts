import type { AppLoadContext } from "@remix-run/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadPanel } from "../../app/console/open-page";
import { exclusions } from "../../app/pages/overview/panels/exclusions";
import { modes } from "../../app/pages/overview/panels/modes";
import { samples } from "../../app/pages/overview/panels/samples";
import { parseRange } from "../../app/pages/overview/parse-range";
import { overviewSources } from "../../app/pages/overview/sources";
import { findEditorStory } from "../../app/pages/story-analytics/find-editor-story";
import { readStoryNumbers } from "../../app/pages/story-analytics/over-time/read-story-numbers";
import { readChapters } from "../../app/pages/story-analytics/readers/read-chapters";
import { readSources } from "../../app/pages/story-analytics/sources/read-story-sources";
import { STORY_RANGES, storyRange } from "../../app/pages/story-analytics/story-ranges";
import type { Runtime } from "../../app/runtime/create-runtime";
import { loadPanel } from "../../app/shared/panel";
import { INCIDENTS_KEPT_MS, readIncidents } from "../../app/telemetry/incidents";
import { checkHistory } from "../../app/telemetry/ledger/check-history";
import { rollUpExclusions } from "../../app/telemetry/roll-up/exclusions";
import { rollUpSamples } from "../../app/telemetry/roll-up/samples";
import { rollUpViews } from "../../app/telemetry/roll-up/views";
import { emailOf } from "../../prisma/seed/people";
import { fillLarge } from "../../scripts/seed-large/fill";
import { findScans } from "../support/plans";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { signIn } from "../support/sign-in";
import { recordStatements } from "../support/statements";

/** Enough that the planner sees large tables, few enough for a test. */
const HOURS = 100_000;
/** The tables that grow with readers and with time. Others are bounded (docs/reliability.md) or grow with what people write. */
const LARGE = ["ViewHour", "ViewDetailHour", "Sample", "AuditEvent"];
/** Each has at least so many rows in this database. */
const FEWEST_ROWS = 10_000;
/** A query may read a page or two too much, not a table. */
const MOST_REMOVED = 2500;
const SECRET = "only for tests, as it is written here";

const NO_SPAM = { ok: true as const, hosts: new Set<string>() };
const ALL_SOURCES = { channel: null, source: null };

type Handler = (args: { request: Request; context: AppLoadContext; params: object }) => Promise<unknown>;
const routes = import.meta.glob<{ loader?: Handler }>("../../app/routes/{admin,editor}*.{ts,tsx}");

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let runtime: Runtime;
let recorded: ReturnType<typeof recordStatements>;
const scratch = scratchDirectory("large-site");
const cookies = { admin: "", editor: "" };
let slug: string;
/** In the middle of an hour, a minute and ten seconds, so that no range ends where a row does. */
const now = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 22.6 * 60_000);

beforeAll(async () => {
  database = await createTestDatabase({ seeded: true });
  await fillLarge(database.url, { hours: HOURS, now });
  const { redis, url } = await connectTestRedis(13);
  redis.disconnect();
  recorded = recordStatements();
  runtime = await createTestRuntime({ DATABASE_URL: database.url, REDIS_URL: url, JOURNAL_DIR: scratch.dir });
  cookies.admin = await signIn(database.pool, emailOf("ops"), SECRET);
  cookies.editor = await signIn(database.pool, emailOf("mara"), SECRET);
  const busiest = await database.db.story.findFirst({ orderBy: { readCount: "desc" } });
  slug = busiest?.slug ?? "";
});
afterAll(async () => {
  await runtime?.close();
  recorded?.stop();
  await database?.drop();
  scratch.remove();
});

const day = (daysAgo: number) => new Date(now.getTime() - daysAgo * 86_400_000).toISOString().slice(0, 16);
const RANGES = [
  ...["1h", "6h", "24h", "7d", "30d", "90d"].flatMap((range) => [
    `range=${range}`,
    `range=${range}&compare=1`,
  ]),
  `range=custom&from=${day(729)}&to=${day(0)}`,
  `range=custom&from=${day(200)}&to=${day(170)}&compare=1`,
  `range=custom&from=${day(9)}&to=${day(8)}`,
];

describe("npm run seed:large", () => {
  it("makes a site whose sums agree: nothing has drifted", async () => {
    const history = await database.db.historyCheck.findFirstOrThrow();
    await checkHistory(database.pool, 60_000);
    const checked = await database.db.historyCheck.findFirstOrThrow();
    expect(checked.finishedAt?.getTime()).toBeGreaterThan(history.finishedAt?.getTime() ?? 0);
    expect(Number(checked.result)).toBe(0);
    const ledger = await runtime.readLedger();
    expect(ledger).toMatchObject({ drift: 0, knownLost: 0, buffered: 0 });
    const stored = await database.db.ledgerEntry.findFirstOrThrow({ orderBy: { id: "desc" } });
    expect({ ...ledger, at: null }).toMatchObject({
      accepted: Number(stored.accepted),
      synced: Number(stored.synced),
      fallback: Number(stored.fallback),
      retracted: Number(stored.retracted),
    });
    const { rows } = await database.pool.query(
      `SELECT d.dimension, sum(d.views) = (SELECT sum(h.views) FROM "ViewHour" h JOIN "Story" s ON s.id = h."targetId"
          WHERE h.kind = 'story' AND s.slug LIKE 'large-%') AS agrees
       FROM "ViewDetailHour" d JOIN "Story" s ON s.id = d."storyId"
       WHERE s.slug LIKE 'large-%' AND d.dimension <> 'excluded' GROUP BY 1 ORDER BY 1`,
    );
    expect(rows).toEqual([
      { dimension: "device", agrees: true },
      { dimension: "referrer", agrees: true },
    ]);
  });

  it("writes as many hours as it was told to, and nothing the second time", async () => {
    const count = () =>
      database.pool.query(
        `SELECT count(*)::int AS hours FROM "ViewHour" WHERE kind = 'story' AND "targetId" IN (SELECT id FROM "Story" WHERE slug LIKE 'large-%')
         OR kind = 'chapter' AND "targetId" IN (SELECT c.id FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId" WHERE s.slug LIKE 'large-%')`,
      );
    expect((await count()).rows).toEqual([{ hours: HOURS }]);
    expect(await fillLarge(database.url, { hours: HOURS, now })).toBe(false);
    expect((await count()).rows).toEqual([{ hours: HOURS }]);
  });

  it("leaves a database alone that has other people's accounts", async () => {
    const other = await createTestDatabase();
    try {
      await other.db.user.create({ data: { email: "editor@magazine.test", name: "E", passwordHash: "" } });
      await expect(fillLarge(other.url, { hours: HOURS })).rejects.toThrow(
        /not the demo's \(editor@magazine\.test\)/,
      );
      expect(await other.db.story.count()).toBe(0);
    } finally {
      await other.drop();
    }
  });
});

describe("pages of a large site", () => {
  it("read no large table from one end to the other", async () => {
    const { rows } = await database.pool.query<{ relname: string; rows: number }>(
      "SELECT relname, reltuples::int AS rows FROM pg_class WHERE relname = ANY($1)",
      [LARGE],
    );
    expect(
      rows
        .filter((table) => table.rows >= FEWEST_ROWS)
        .map(({ relname }) => relname)
        .sort(),
    ).toEqual([...LARGE].sort());

    // Whatever is not ready yet on a busy machine, such as connections, is so after the first page.
    await load("admin._index.tsx", "/admin");
    recorded.take();
    for (const query of RANGES) await open("admin._index.tsx", `/admin?${query}`);
    const charts = ["views", "latency", "left-out", "buffer", "lag", "syncs", "reasons", "modes"].map(
      (name) => `${name}.csv`,
    );
    for (const file of charts) await open("admin.chart.$file.ts", `/admin/chart/${file}?range=90d`, { file });
    await open("admin.ledger[.]json.ts", "/admin/ledger.json");
    await readIncidents(runtime.db, now.getTime() - INCIDENTS_KEPT_MS, now.getTime());
    await open("admin.stories._index.tsx", "/admin/stories?q=large");
    await open("admin.stories.$slug._index.tsx", `/admin/stories/${slug}`, { slug });
    for (const page of ["sync", "alerts", "drill", "audit"])
      await open(`admin.${page}.tsx`, `/admin/${page}`);
    for (const query of ["", "?sort=change&order=up", "?q=large&page=2"])
      await open("editor._index.tsx", `/editor${query}`);
    await open("editor.stories[.]csv.ts", "/editor/stories.csv");
    await open("editor.stories.$slug.share.tsx", `/editor/stories/${slug}/share`, { slug });
    await open("editor.stories.$slug.tsx", `/editor/stories/${slug}`, { slug });
    for (const range of ["48h", "7d", "30d", "90d", "1y", "all"]) {
      for (const page of ["readers", "sources"])
        await open(`editor.stories.$slug.${page}.tsx`, `/editor/stories/${slug}/${page}?range=${range}`, {
          slug,
        });
      for (const filter of ["channel=sites", "channel=search", "source=direct", "source=search.example"])
        await open(
          "editor.stories.$slug.sources.tsx",
          `/editor/stories/${slug}/sources?range=${range}&${filter}`,
          {
            slug,
          },
        );
      for (const chapter of ["", "&chapter=2"])
        await open("editor.stories.$slug._index.tsx", `/editor/stories/${slug}?range=${range}${chapter}`, {
          slug,
        });
    }
    for (const query of ["range=1y&by=week&compare=previous", "range=all&by=month", "range=1y&compare=year"])
      for (const zone of ["UTC", "Europe/Berlin"])
        await open(
          "editor.stories.$slug._index.tsx",
          `/editor/stories/${slug}?${query}`,
          { slug },
          `tidemark-zone=${zone}`,
        );
    for (const type of ["csv", "json"])
      await open(
        `editor.stories.$slug.shown[.]${type}.ts`,
        `/editor/stories/${slug}/shown.${type}?range=all&chapter=2`,
        { slug },
      );
    for (const type of ["csv", "json"])
      await open(`editor.stories.$slug.views[.]${type}.ts`, `/editor/stories/${slug}/views.${type}`, {
        slug,
      });

    const queries = new Map(
      recorded
        .take()
        .filter(({ text }) => /^\s*(SELECT|WITH)\b/i.test(text))
        .map((statement) => [JSON.stringify(statement), statement]),
    );
    const found = new Set<string>();
    for (const statement of queries.values())
      for (const scan of await findScans(database.pool, statement, new Set(LARGE), MOST_REMOVED))
        found.add(scan);
    expect([...found]).toEqual([]);
    // A page that sends nothing would prove nothing.
    for (const table of LARGE)
      expect(
        [...queries.keys()].some((text) => text.includes(table)),
        table,
      ).toBe(true);
  });

  it("show the same whether their numbers were added up before or not", async () => {
    const before = await readPages();
    await forgetRollUps();
    expect(await readPages()).toEqual(before);
    await rollUp();
    expect(await readPages()).toEqual(before);
  }, 60_000);

  it("show at once what changes a day that was added up, and add it up again", async () => {
    const total = async () => {
      const { series, numbers } = await readStory("all");
      const sum = (values: { views: number }[]) => values.reduce((all, { views }) => all + views, 0);
      return [
        sum(series.points.flatMap(({ values }) => (values ? [{ views: values.views ?? 0 }] : []))),
        sum(numbers.ok ? numbers.data.channels : []),
        sum(
          numbers.ok ? numbers.data.series.points.map(({ values }) => ({ views: values?.direct ?? 0 })) : [],
        ),
      ];
    };
    const [views = 0, referrers = 0, direct = 0] = await total();
    // A late sync moves an hour of last year; reconcile takes a view of the same day back.
    const at = day(300).slice(0, 10);
    const story = await database.db.story.findUniqueOrThrow({ where: { slug } });
    const write = (source: string, by: number) =>
      database.pool.query(
        `WITH hour AS (
           INSERT INTO "ViewHour" AS h (kind, "targetId", hour, source, views) VALUES ('story', $1, $2::timestamptz + interval '3 hours', $3, $4)
           ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = h.views + EXCLUDED.views)
         INSERT INTO "ViewDetailHour" AS d ("storyId", hour, source, dimension, value, views)
         VALUES ($1, $2::timestamptz + interval '3 hours', $3, 'referrer', 'direct', $4)
         ON CONFLICT ("storyId", hour, source, dimension, value) DO UPDATE SET views = d.views + EXCLUDED.views`,
        [story.id, at, source, by],
      );
    await write("r:late", 50);
    expect(await total()).toEqual([views + 50, referrers + 50, direct + 50]);
    await write("r:late", -1);
    await rollUp();
    expect(await database.db.staleDay.count()).toBe(0);
    expect(await total()).toEqual([views + 49, referrers + 49, direct + 49]);
  });
});

async function rollUp() {
  await rollUpSamples(database.pool);
  await rollUpExclusions(database.pool);
  await rollUpViews(database.pool);
}

const forgetRollUps = () =>
  database.pool.query(
    `TRUNCATE "RollUp", "SampleTotal", "Presence", "ExclusionHour", "ViewMonth", "ViewDetailMonth", "StaleDay"`,
  );

/** What depends on the totals: three panels of the overview, and an editor's busiest story. */
async function readPages() {
  const mode = () => ({ mode: "redis" as const, since: now.getTime(), reason: "" });
  const sources = { ...overviewSources(runtime), process: "web-host1-none", mode };
  const overviews: unknown[] = [];
  // A comparison reads what the range alone does, too.
  for (const query of RANGES.filter((range) => !RANGES.includes(`${range}&compare=1`))) {
    const selection = parseRange(new URLSearchParams(query), now.getTime());
    for (const panel of [samples, modes, exclusions])
      overviews.push({ query, panel: await panel.read(sources, selection, now) });
  }
  const stories: unknown[] = [];
  for (const range of STORY_RANGES) stories.push(await readStory(range.key));
  return { overviews, stories };
}

/** Fails where a page would show one line instead of a panel. */
const panel: LoadPanel = (what, work) =>
  loadPanel(what, work, (_what, error) => {
    throw error;
  });

async function readStory(range: string) {
  const { id } = await database.db.user.findUniqueOrThrow({ where: { email: emailOf("mara") } });
  const story = await findEditorStory(database.db, id, slug);
  if (!story) throw new Error(`${slug} is not this editor's story`);
  const sources = {
    db: database.db,
    readUnsynced: async () => new Map<string, number>(),
    redisEnabled: true,
  };
  const search = new URLSearchParams({ range });
  return {
    ...(await readStoryNumbers(sources, story, search, "UTC", now)),
    ...(await readChapters(sources, story, storyRange(range), now)),
    ...(await readSources(
      { ...sources, spamList: NO_SPAM },
      story,
      { range: storyRange(range), filter: ALL_SOURCES },
      now,
      panel,
    )),
  };
}

/** Calls a page's loader as Remix does, and reads its whole answer. */
async function load(file: string, path: string, params: object = {}, more = "") {
  const route = await routes[`../../app/routes/${file}`]?.();
  if (!route?.loader) throw new Error(`there is no route ${file} with a loader`);
  const session = file.startsWith("admin") ? cookies.admin : cookies.editor;
  const Cookie = more ? `${session}; ${more}` : session;
  const context = { runtime, log: runtime.log } as AppLoadContext;
  const request = new Request(`http://site.test${path}`, { headers: { Cookie } });
  const answer = await route.loader({ request, context, params });
  if (answer instanceof Response) await answer.text();
  return answer;
}

/** The same for a page that must be complete: a panel that failed has not sent all of its statements. */
async function open(file: string, path: string, params: object = {}, more = "") {
  expect(failedPanels(await load(file, path, params, more))).toEqual([]);
}

const failedPanels = (data: unknown) =>
  Object.values(data ?? {}).filter(
    (panel) => typeof panel === "object" && panel !== null && "ok" in panel && !panel.ok,
  );
