import pg from "pg";
import { DEMO_READER_EMAILS } from "../../app/auth/demo-accounts";
import { ADVISORY_LOCKS } from "../../app/platform/advisory-locks";
import { DEMO_READERS, type DemoReaders, parseDemoReaders } from "../../app/platform/demo-readers";
import { createRandom } from "../../prisma/seed/random";
import { createReadership, demoRhythm, type ReadableStory } from "./readership";
import { createSender, type DemoSite } from "./send";

/** How soon a change on the page is followed, ms. */
const POLL_MS = 1000;
/** The site or Postgres may be about to start again, ms. */
const RETRY_MS = 3000;

interface Running {
  databaseUrl: string;
  site: DemoSite;
  /** Ends it. */
  signal: AbortSignal;
  say(line: string): void;
}

/**
 * Sends the demo's readers until it is told to end, at the rate that the setting says, or none while that is off. One program at a time
 * does it; another one waits for its turn. A site or a Postgres that is away is tried again.
 */
export async function runReaders(running: Running): Promise<void> {
  const { signal, say } = running;
  while (!signal.aborted) {
    try {
      await readForAWhile(running);
    } catch (error) {
      say(`the demo's readers wait: ${error instanceof Error ? error.message || error.name : String(error)}`);
      await pause(RETRY_MS, signal);
    }
  }
}

/** Reads until the connection to Postgres, which holds the lock, is lost. */
async function readForAWhile({ databaseUrl, site, signal, say }: Running) {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 });
  let lost: Error | null = null;
  client.on("error", (error) => {
    lost = error;
  });
  await client.connect();
  try {
    const stories = await readStories(client);
    if (stories.length === 0) throw new Error("the demo has no published story");
    const next = createReadership(stories, DEMO_READER_EMAILS.length, createRandom(Date.now()));
    const send = createSender(site);
    let held = false;
    let checkedAt = Number.NEGATIVE_INFINITY;
    let readers: DemoReaders = { on: false, perSecond: 1 };
    let failing = false;
    while (!signal.aborted) {
      if (lost) throw lost;
      if (performance.now() - checkedAt >= POLL_MS) {
        held ||= await takeTurn(client);
        const { rows } = await client.query<{ value: unknown }>(DEMO_READERS);
        readers = parseDemoReaders(rows[0]?.value);
        checkedAt = performance.now();
      }
      if (!held || !readers.on) {
        await pause(POLL_MS, signal);
        continue;
      }
      // Not awaited: a slow answer must not slow the readers down.
      send(next()).then(
        () => {
          failing = false;
        },
        (error: Error) => {
          if (!failing) say(`a reader got no answer from the site: ${error.message}`);
          failing = true;
        },
      );
      const meanMs = 1000 / (readers.perSecond * demoRhythm(new Date()));
      // A long gap would also be a long time without a look at the setting.
      await pause(Math.min(POLL_MS, -Math.log(1 - Math.random()) * meanMs), signal);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function takeTurn(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>("SELECT pg_try_advisory_lock($1::bigint) AS held", [
    ADVISORY_LOCKS.demoReaders,
  ]);
  return rows[0]?.held ?? false;
}

/** The published stories of the demo's people, and no others. */
async function readStories(client: pg.Client): Promise<ReadableStory[]> {
  const { rows } = await client.query<ReadableStory>(
    `SELECT s.slug, array_agg(c.number ORDER BY c.number) AS chapters
     FROM "Story" s JOIN "User" u ON u.id = s."authorId" JOIN "Chapter" c ON c."storyId" = s.id
     WHERE s.status = 'PUBLISHED' AND c.status = 'PUBLISHED' AND u.email LIKE '%@tidemark.example' AND s.slug NOT LIKE 'large-%'
     GROUP BY s.slug ORDER BY s.slug`,
  );
  return rows;
}

/** Waits this long, or until it is told to end. */
const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
