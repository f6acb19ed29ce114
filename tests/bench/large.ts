import pg from "pg";
import { migrate } from "../../prisma/migrate";
import { seed } from "../../prisma/seed";
import { emailOf } from "../../prisma/seed/people";
import { fillLarge } from "../../scripts/seed-large/fill";
import { signIn } from "../support/sign-in";
import { load } from "./load";
import { BENCH_SECRET, type Machine, startMachine } from "./machine";
import type { Case, Measurement, Suite } from "./measure";

const HOURS = 10_000_000;
const DAYS = 730;
/** One person looks at a page at a time: latency is measured, not how many would fit. */
const CONNECTIONS = 1;
const WARM_UP_MS = 3000;
const MEASURE_MS = 8000;

const PAGES = ["admin-overview", "editor-page", "ledger"] as const;

/**
 * Pages of operators and editors on a large site, compared with the same pages of the demo site. Every request asks for another
 * range and story. BENCH_LARGE_URL names a database that `npm run seed:large` has filled; without it, one is made, in minutes.
 */
export function largeSuite(): Suite {
  let machine: Machine | undefined;
  return {
    cases: PAGES.flatMap((page): Case[] => [
      { name: `${page}-demo`, unit: "ms" },
      { name: `${page}-large`, unit: "ms", reference: `${page}-demo` },
    ]),
    rounds: 3,
    async open(names) {
      machine = await startMachine();
      await seed(machine.postgresUrl);
      const large = process.env.BENCH_LARGE_URL || (await makeLarge(machine));
      const measurements: Record<string, Measurement> = {};
      for (const [size, databaseUrl] of [
        ["demo", machine.postgresUrl],
        ["large", large],
      ] as const) {
        const { port } = await machine.startSite({
          DATABASE_URL: databaseUrl,
          REDIS_URL: `${machine.redisUrl}/${size === "demo" ? 0 : 1}`,
          VIEW_TRACKING_REDIS_ENABLED: "true",
        });
        const requests = await requestsFor(databaseUrl);
        for (const page of PAGES) {
          const name = `${page}-${size}`;
          if (!names.has(name)) continue;
          let n = 0;
          const measure = async (forMs: number) => {
            const found = await load({
              port,
              forMs,
              connections: CONNECTIONS,
              expect: 200,
              request: () => requests[page](n++),
            });
            return { ...found, value: found.p95 };
          };
          await measure(WARM_UP_MS);
          measurements[name] = () => measure(MEASURE_MS);
        }
      }
      return measurements;
    },
    async close() {
      await machine?.close();
    },
  };
}

async function makeLarge({ pool, postgresUrl }: Machine): Promise<string> {
  await pool.query("CREATE DATABASE large");
  const url = new URL(postgresUrl);
  url.pathname = "/large";
  await migrate(url.href);
  await seed(url.href);
  await fillLarge(url.href, { hours: HOURS });
  return url.href;
}

/** The n-th request for each page, by people who are signed in. */
async function requestsFor(
  databaseUrl: string,
): Promise<Record<(typeof PAGES)[number], (n: number) => string>> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    const [operator, editor] = [
      await signIn(pool, emailOf("ops"), BENCH_SECRET),
      await signIn(pool, emailOf("mara"), BENCH_SECRET),
    ];
    const { rows } = await pool.query<{ slug: string }>(
      `SELECT s.slug FROM "Story" s JOIN "User" u ON u.id = s."authorId" WHERE u.email = $1 ORDER BY s."readCount" DESC`,
      [emailOf("mara")],
    );
    const slugs = rows.map(({ slug }) => slug);
    const custom = `range=custom&from=${field(Date.now() - DAYS * 86_400_000 + 3_600_000)}&to=${field(Date.now())}`;
    const overviews = ["1h", "6h", "24h", "7d", "30d", "90d"]
      .flatMap((range) => [`range=${range}`, `range=${range}&compare=1`])
      .concat(custom);
    const stories = slugs.flatMap((slug) =>
      ["48h", "30d", "90d", "all"].flatMap((range) => [
        `/editor/stories/${slug}?range=${range}`,
        `/editor/stories/${slug}?range=${range}&chapter=1`,
      ]),
    );
    // The list is what editors see first, and the most read stories come first in `stories`.
    const editors = stories.flatMap((story, at) => (at % 8 === 0 ? ["/editor", story] : [story]));
    const pick = (paths: string[], n: number) => paths[n % paths.length] ?? "/";
    return {
      "admin-overview": (n) => get(`/admin?${pick(overviews, n)}`, operator),
      "editor-page": (n) => get(pick(editors, n), editor),
      ledger: () => get("/admin/ledger.json", operator),
    };
  } finally {
    await pool.end();
  }
}

const field = (at: number) => encodeURIComponent(new Date(at).toISOString().slice(0, 16));

const get = (path: string, cookie: string) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 bench\r\nAccept: text/html\r\nSec-Fetch-Site: none\r\nCookie: ${cookie}\r\n\r\n`;
