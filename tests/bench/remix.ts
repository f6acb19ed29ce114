import { load } from "./load";
import { type Machine, startMachine } from "./machine";
import type { Measurement, Suite } from "./measure";
import { beacon, readerAt } from "./readers";

const CONNECTIONS = 16;
const MEASURE_MS = 2000;
const WARM_UP_MS = 2000;
const STORIES = 20;
const CHAPTERS = 20;

/**
 * Pages and actions of Remix, compared with an empty page and an empty action in the same build, behind the same Express. An
 * action gets the views that React Router matches and the view endpoint does not, such as `/Story/s1`.
 */
export function remixSuite(): Suite {
  let machine: Machine | undefined;
  return {
    cases: [
      { name: "remix-empty-action", unit: "requests/s" },
      { name: "view-remix-action", unit: "views/s", reference: "remix-empty-action" },
      { name: "remix-empty-page", unit: "requests/s" },
      { name: "page-story", unit: "requests/s", reference: "remix-empty-page" },
      { name: "page-chapter", unit: "requests/s", reference: "remix-empty-page" },
    ],
    rounds: 5,
    async open(names) {
      machine = await startMachine();
      await writeStories(machine);
      const empty = await machine.startServer(["--import", "tsx", "tests/bench/empty-remix.ts"], {
        NODE_ENV: "production",
      });
      const site = await machine.startSite({
        REDIS_URL: machine.redisUrl,
        VIEW_TRACKING_REDIS_ENABLED: "true",
      });
      let n = 0;
      const story = () => `s${(n % STORIES) + 1}`;
      const requests: Record<string, { port: number; request: () => string }> = {
        "remix-empty-action": { port: empty.port, request: () => beacon("/empty?_data=routes%2Fempty", n++) },
        "view-remix-action": {
          port: site.port,
          request: () => beacon(`/Story/${story()}?_data=routes%2Fstory.%24slug`, n++),
        },
        "remix-empty-page": { port: empty.port, request: () => page("/empty", n++) },
        "page-story": { port: site.port, request: () => page(`/story/${story()}`, n++) },
        "page-chapter": {
          port: site.port,
          request: () => page(`/story/${story()}/chapter/${(n % CHAPTERS) + 1}`, n++),
        },
      };
      const measurements: Record<string, Measurement> = {};
      for (const [name, { port, request }] of Object.entries(requests)) {
        if (!names.has(name)) continue;
        const measure = (forMs: number) =>
          load({ port, forMs, connections: CONNECTIONS, request, expect: 200 });
        await measure(WARM_UP_MS);
        measurements[name] = () => measure(MEASURE_MS);
      }
      return measurements;
    },
    async close() {
      await machine?.close();
    },
  };
}

function page(path: string, n: number): string {
  const { address, agent } = readerAt(n);
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${agent}\r\nX-Forwarded-For: ${address}\r\n` +
    `Accept: text/html\r\nSec-Fetch-Site: none\r\n\r\n`
  );
}

async function writeStories({ pool }: Machine) {
  await pool.query(`INSERT INTO "User" (email, name, "passwordHash") VALUES ('a@example.test', 'A', '')`);
  await pool.query(
    `WITH story AS (
       INSERT INTO "Story" (slug, title, blurb, "authorId", status, "publishedAt")
       SELECT 's' || n, 'Story ' || n, 'A blurb of one sentence.', 1, 'PUBLISHED', now() FROM generate_series(1, $1::int) n RETURNING id
     )
     INSERT INTO "Chapter" ("storyId", number, title, body, status, "publishedAt")
     SELECT story.id, n, 'Chapter ' || n, repeat(repeat('Words of a chapter. ', 20) || E'\\n\\n', 20), 'PUBLISHED', now()
     FROM story, generate_series(1, $2::int) n`,
    [STORIES, CHAPTERS],
  );
}
