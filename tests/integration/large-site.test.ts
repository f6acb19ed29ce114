import type { AppLoadContext } from "@remix-run/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRange } from "../../app/pages/overview/parse-range";
import { readOverview } from "../../app/pages/overview/read-overview";
import { overviewSources } from "../../app/pages/overview/sources";
import type { Runtime } from "../../app/runtime/create-runtime";
import { loadPanel } from "../../app/shared/panel";
import { checkHistory } from "../../app/telemetry/ledger/check-history";
import { rollUpExclusions } from "../../app/telemetry/roll-up/exclusions";
import { rollUpSamples } from "../../app/telemetry/roll-up/samples";
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

type Handler = (args: { request: Request; context: AppLoadContext; params: object }) => Promise<unknown>;
const routes = import.meta.glob<{ loader?: Handler }>("../../app/routes/{admin,editor}*.{ts,tsx}");

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let runtime: Runtime;
let recorded: ReturnType<typeof recordStatements>;
const scratch = scratchDirectory("large-site");
const cookies = { admin: "", editor: "" };
let slug: string;
const now = new Date();

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

    recorded.take();
    for (const query of RANGES) await open("admin._index.tsx", `/admin?${query}`);
    const charts = ["views", "latency", "left-out", "buffer", "lag", "syncs", "reasons", "modes"].map(
      (name) => `${name}.csv`,
    );
    for (const file of charts) await open("admin.chart.$file.ts", `/admin/chart/${file}?range=90d`, { file });
    await open("admin.ledger[.]json.ts", "/admin/ledger.json");
    for (const page of ["sync", "alerts", "drill", "audit"])
      await open(`admin.${page}.tsx`, `/admin/${page}`);
    await open("editor._index.tsx", "/editor");
    for (const range of ["48h", "30d", "90d", "all"])
      for (const chapter of ["", "&chapter=2"])
        await open("editor.stories.$slug._index.tsx", `/editor/stories/${slug}?range=${range}${chapter}`, {
          slug,
        });
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
    const read = () =>
      Promise.all(
        RANGES.map(async (query) => {
          const panel = <T>(name: string, work: Promise<T>) =>
            loadPanel(name, work, (_, error) => {
              throw error;
            });
          const { samples, modes, exclusions } = await readOverview(
            {
              ...overviewSources(runtime),
              process: "web-host1-none",
              mode: () => ({ mode: "redis", since: now.getTime(), reason: "" }),
            },
            parseRange(new URLSearchParams(query), now.getTime()),
            now,
            panel,
          );
          return { query, samples, modes, exclusions };
        }),
      );
    const before = await read();
    await database.pool.query(`TRUNCATE "RollUp", "SampleTotal", "Presence", "ExclusionHour"`);
    expect(await read()).toEqual(before);
    await rollUpSamples(database.pool);
    await rollUpExclusions(database.pool);
    expect(await read()).toEqual(before);
  });
});

/** Calls a page's loader as Remix does, and reads its whole answer. */
async function open(file: string, path: string, params: object = {}) {
  const route = await routes[`../../app/routes/${file}`]?.();
  if (!route?.loader) throw new Error(`there is no route ${file} with a loader`);
  const Cookie = file.startsWith("admin") ? cookies.admin : cookies.editor;
  const context = { runtime } as AppLoadContext;
  const answer = await route.loader({
    request: new Request(`http://site.test${path}`, { headers: { Cookie } }),
    context,
    params,
  });
  if (answer instanceof Response) await answer.text();
  else expect(failedPanels(answer)).toEqual([]);
}

const failedPanels = (data: unknown) =>
  Object.values(data ?? {}).filter(
    (panel) => typeof panel === "object" && panel !== null && "ok" in panel && !panel.ok,
  );
