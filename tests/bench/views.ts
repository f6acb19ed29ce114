import { signInReaders } from "../support/signed-in-readers";
import { load } from "./load";
import { BENCH_SECRET, type Machine, type Server, startMachine } from "./machine";
import type { Measurement, Suite } from "./measure";
import { beacon } from "./readers";

const STORIES = 100;
const SIGNED_IN_READERS = 2000;
/** A multiple of the stories. */
const REPEATING_READERS = 100 * STORIES;
const CONNECTIONS = 64;
const MANY_CONNECTIONS = 512;
const MEASURE_MS = 1500;
const WARM_UP_MS = 1500;

/** A counted view over HTTP, compared with a bare Node server that parses the same POST and answers 204. */
export function viewSuite(): Suite {
  let machine: Machine | undefined;
  return {
    cases: [
      { name: "bare-http", unit: "requests/s" },
      { name: "bare-http-512", unit: "requests/s" },
      { name: "view-redis-new", unit: "views/s", reference: "bare-http" },
      { name: "view-redis-hot", unit: "views/s", reference: "bare-http" },
      { name: "view-redis-repeat", unit: "views/s", reference: "bare-http" },
      { name: "view-redis-signed-in", unit: "views/s", reference: "bare-http" },
      { name: "view-redis-traced", unit: "views/s", reference: "view-redis-new" },
      { name: "view-database-new", unit: "views/s", reference: "bare-http" },
      { name: "view-database-hot", unit: "views/s", reference: "bare-http" },
      { name: "view-database-new-512", unit: "views/s", reference: "bare-http-512" },
      { name: "view-database-hot-512", unit: "views/s", reference: "bare-http-512" },
    ],
    rounds: 5,
    async open(names) {
      machine = await startMachine();
      await writeStories(machine);
      return openServers(machine, names);
    },
    async close() {
      await machine?.close();
    },
  };
}

async function openServers(machine: Machine, names: ReadonlySet<string>) {
  const any = (prefix: string) => [...names].some((name) => name.startsWith(prefix));
  const bare = await machine.startServer(["--import", "tsx", "tests/bench/bare.ts"]);
  const inRedis = any("view-redis")
    ? await machine.startSite({ REDIS_URL: machine.redisUrl, VIEW_TRACKING_REDIS_ENABLED: "true" })
    : null;
  const traced = names.has("view-redis-traced")
    ? await machine.startSite({
        REDIS_URL: machine.redisUrl,
        VIEW_TRACKING_REDIS_ENABLED: "true",
        // It takes any POST, as a collector would.
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${bare.port}`,
      })
    : null;
  const inDatabase = any("view-database")
    ? await machine.startSite({ VIEW_TRACKING_REDIS_ENABLED: "false" })
    : null;
  const signedIn = names.has("view-redis-signed-in") ? await signedInReader(machine) : () => "";

  const measurements: Record<string, Measurement> = {};
  for (const name of names) {
    const server =
      name === "view-redis-traced"
        ? traced
        : name.startsWith("view-redis")
          ? inRedis
          : name.startsWith("view-database")
            ? inDatabase
            : bare;
    const request = name.includes("hot")
      ? hotReader()
      : name.includes("repeat")
        ? repeat()
        : name.includes("signed-in")
          ? signedIn
          : newReader();
    const connections = name.endsWith("-512") ? MANY_CONNECTIONS : CONNECTIONS;
    const expect = server === bare ? 204 : 200;
    const measure = (forMs: number) => load({ port: portOf(server), forMs, connections, request, expect });
    // Compiled, connected, and the tables as after some traffic.
    await measure(WARM_UP_MS);
    measurements[name] = () => measure(MEASURE_MS);
  }
  return measurements;
}

const portOf = (server: Server | null) => server?.port ?? 0;

/** Cases must not find each other's readers, so each has a range of its own. */
let range = 0;
const serial = () => {
  range += 1;
  let n = range << 20;
  return () => n++;
};

const story = (n: number) => `/story/s${(n % STORIES) + 1}`;

/** A view of one of the stories by a reader who comes for the first time. */
export function newReader() {
  const next = serial();
  return () => {
    const n = next();
    return beacon(story(n), n);
  };
}

function hotReader() {
  const next = serial();
  return () => beacon("/story/hot", next());
}

/** Readers who come back to a story that they have seen: so many, as no address may send views without end. */
function repeat() {
  const next = serial();
  return () => {
    const n = next();
    return beacon(story(n), n % REPEATING_READERS);
  };
}

/** Signed-in readers who read one story after the other. */
async function signedInReader({ pool }: Machine) {
  const readers = Array.from({ length: SIGNED_IN_READERS }, (_, i) => i);
  const cookies = [...(await signInReaders(pool, "reader", readers, BENCH_SECRET)).values()];
  let n = 0;
  return () => {
    n += 1;
    return beacon(story(Math.floor(n / SIGNED_IN_READERS)), n, cookies[n % SIGNED_IN_READERS]);
  };
}

/** The stories of the beacons above. */
export async function writeStories({ pool }: Machine) {
  await pool.query(`INSERT INTO "User" (email, name, "passwordHash") VALUES ('a@example.test', 'A', '')`);
  await pool.query(
    `INSERT INTO "Story" (slug, title, blurb, "authorId", status)
     SELECT slug, 'S', '', 1, 'PUBLISHED' FROM (SELECT 'hot' AS slug UNION ALL SELECT 's' || n FROM generate_series(1, $1::int) n) s`,
    [STORIES],
  );
}
