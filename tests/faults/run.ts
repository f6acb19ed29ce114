import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { signInReaders } from "../support/signed-in-readers";
import { type Client, createClient, type Tally } from "./client";
import { type Cluster, SESSION_SECRET } from "./cluster";
import type { Fault } from "./fault";
import { type FaultName, faults } from "./faults";
import { judge } from "./judge";
import type { Mutant } from "./mutants";
import { type Phase, type Plan, planRun, type Visit } from "./plan";
import { closeSettledBuffers, countUnsynced, finalSync, PROBE_SLUG, quiesce } from "./quiesce";
import { type StoryIds, writeStory } from "./stories";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Readers take about this long, ms, to read through a fault without a fixed length. */
const USUAL_HOLD_MS = 250;
const LEDGER_TIMEOUT_MS = 5000;
/** A loaded machine is late once or twice; a process that lacks a story or salt refuses every time. */
const MOST_REFUSED = 5;

export interface RunResult {
  seed: number;
  name: Plan["name"];
  live: boolean;
  /** Accepted views. */
  views: number;
  /** Faults that certainly hit something. A run without one does not count. */
  fired: number;
  lost: number;
  doubled: number;
  problems: string[];
  tally: Tally;
  /** Unplanned outages: Redis did not answer in time because this machine was busy. */
  unplanned: number;
  ms: number;
  faults: string[];
}

/** Runs one seed, from plan to judgement, on a cluster that is quiet before and after. */
export async function runSeed(
  cluster: Cluster,
  seed: number,
  requested: FaultName | "mixed" | undefined,
  mutant: Mutant | null,
): Promise<RunResult> {
  const startedAt = Date.now();
  const plan = planRun(seed, requested, cluster.windowHours);
  const base = baseOf(plan, startedAt);
  const client = createClient(cluster);
  const problems: string[] = [];
  let fired = 0;
  let unplanned = 0;
  let lost = 0;
  let doubled = 0;
  let views = 0;
  cluster.deaths.length = 0;
  const losses = await knownLosses(cluster.pool);

  try {
    const stories = await writeStories(cluster.pool, plan);
    // The same seed may run twice on one cluster.
    const trigger = `run now by seed ${seed} ${startedAt.toString(36)}`;
    const cookies = await signInReaders(
      cluster.pool,
      `reader-${seed}-${startedAt.toString(36)}`,
      plan.signedIn,
      SESSION_SECRET,
    );
    // Both web processes know these readers before anything breaks.
    for (const cookie of cookies.values())
      for (const web of [0, 1]) await client.deliver({ ...probe, at: timeOf(plan, base, 0), web, cookie });
    for (const phase of plan.phases) {
      const { outage, hits, sent } = await runPhase(phase, {
        cluster,
        client,
        stories,
        cookies,
        base,
        plan,
        trigger,
        mutant,
      });
      fired += hits;
      views += sent;
      const planned = phase.fault !== null && (faults[phase.fault.name] as Fault).outage;
      if (outage && !planned) unplanned += 1;
      if (outage || planned) await quiesce(cluster, client, timeOf(plan, base, phase.to - 1));
    }
    cluster.fillWorkers();
    // A loss is measured against the counts that web processes write down every second.
    if (mayLose(plan)) await sleep(1500);
    const since = await timeIn(cluster.pool);
    const failed = await finalSync(cluster, trigger);
    if (failed) problems.push(failed);
    const unsynced = await countUnsynced(cluster);
    if (unsynced !== 0) problems.push(`${unsynced} views are still not synced`);
    const anOutage = plan.phases.some(({ fault }) => fault && (faults[fault.name] as Fault).outage);
    // The ledger is written after the sync: what it says of losses is complete once it is there.
    problems.push(...(await ledgerProblems(cluster.pool, since)));
    const judgement = await judge(cluster, plan, stories, base, anOutage || unplanned > 0);
    const loss = subtract(await knownLosses(cluster.pool), losses);
    const bounded = mayLose(plan);
    // What Redis lost may be missing, and whom it forgot may be counted again, but no more than the ledger says.
    lost = bounded ? Math.max(0, judgement.missing - loss.views) : judgement.lost;
    doubled = Math.max(0, judgement.doubled - (bounded ? loss.mayRepeat : 0));
    if (lost + doubled > 0) problems.push(...judgement.wrongCounts);
    if (lost + doubled > 0 && bounded)
      problems.push(`the ledger says ${loss.views} lost, and ${loss.mayRepeat} that may be counted again`);
    problems.push(...judgement.problems);
    if (loss.rows > 0 && !bounded)
      problems.push(
        `${loss.rows} known losses were recorded, although nothing was lost (${loss.views} views, ${loss.mayRepeat} that may be counted again)`,
      );
    await closeSettledBuffers(cluster);
  } catch (error) {
    problems.push((error as Error).message);
    // The next run should find a quiet cluster, if possible.
    await quiesce(cluster, client, null).catch(() => undefined);
  } finally {
    client.close();
  }
  problems.push(...cluster.deaths.map((death) => `a process died: ${death}`));
  cluster.deaths.length = 0;
  const mayRefuse = plan.phases.some(
    ({ fault }) =>
      fault &&
      (fault.name === "web-kill" || (Number(fault.params.web ?? -1) >= 0 && fault.name === "both-down")),
  );
  if (client.tally.refused > MOST_REFUSED && !mayRefuse)
    problems.push(`${client.tally.refused} views were refused, although every process knew the story`);
  const descriptions = plan.phases.flatMap(({ fault }) =>
    fault ? [`${fault.name} ${JSON.stringify(fault.params)}`] : [],
  );
  const { name, live } = plan;
  const tally = client.tally;
  return {
    seed,
    name,
    live,
    views,
    fired,
    lost,
    doubled,
    problems,
    tally,
    unplanned,
    ms: Date.now() - startedAt,
    faults: descriptions,
  };
}

/** A view that is not judged. */
const probe = {
  path: `/story/${PROBE_SLUG}`,
  address: "10.201.0.1",
  agent: "Mozilla/5.0 (X11; Linux x86_64) Reader/signed-in",
};

/** Whether a fault of the plan makes Redis lose what it had acknowledged. */
const mayLose = ({ phases }: Plan) =>
  phases.some(({ fault }) => fault && (faults[fault.name] as Fault).loses);

interface RunContext {
  cluster: Cluster;
  client: Client;
  stories: StoryIds[];
  /** Of the readers who are signed in. */
  cookies: Map<number, string>;
  base: number;
  plan: Plan;
  trigger: string;
  mutant: Mutant | null;
}

/** Runs one phase: its readers read while its fault is injected and healed. */
async function runPhase(phase: Phase, context: RunContext) {
  const { cluster, client, stories, trigger, mutant } = context;
  const { tally } = client;
  const outsideRedis = tally.database + tally.journal;
  let sent = 0;
  let over = phase.fault === null;
  const injecting = phase.fault
    ? faults[phase.fault.name]
        .inject({ cluster, tally, stories, trigger, mutant }, phase.fault.params)
        .finally(() => {
          over = true;
        })
    : Promise.resolve(0);
  // A fault that fails is reported when it is awaited below.
  injecting.catch(() => undefined);
  const pause = Number(phase.fault?.params.holdMs ?? USUAL_HOLD_MS) / Math.max(1, phase.ticks.length);
  for (const tick of phase.ticks) {
    await deliverTick(tick, context);
    sent += tick.length;
    if (!over) await sleep(pause);
  }
  const hits = await injecting;
  return { hits, sent, outage: tally.database + tally.journal > outsideRedis };
}

/** Sends the visits of one tick: readers in parallel, the visits of one reader one after the other. */
async function deliverTick(tick: Visit[], context: RunContext) {
  const readers = [...new Set(tick.map(({ reader }) => reader))];
  await Promise.all(
    readers.map(async (reader) => {
      for (const visit of tick.filter((one) => one.reader === reader)) await deliver(visit, context);
    }),
  );
}

function deliver(visit: Visit, { client, stories, cookies, base, plan }: RunContext) {
  const { reader, page, at } = visit;
  const slug = stories[page.story]?.slug ?? "";
  return client.deliver({
    path: page.chapter === null ? `/story/${slug}` : `/story/${slug}/chapter/${page.chapter}`,
    address: `10.${plan.seed % 200}.${Math.floor(plan.seed / 200) % 250}.${reader + 1}`,
    agent: `Mozilla/5.0 (X11; Linux x86_64) Reader/${plan.seed}.${reader}`,
    at: at === null ? null : base + at,
    // The seed decides which process a reader meets, too; the count does not depend on it.
    web: visit.web ?? (reader + Math.floor((at ?? 0) / 1000)) % 2,
    cookie: cookies.get(reader),
  });
}

/** The grace period of all processes, which is the default. */
const GRACE_MS = 6 * HOUR_MS;

/**
 * The start of simulated time: the plan's hour of today. If that hour is over, its buffers are really closed. Yesterday would be
 * too early, as the salt of the day before it is deleted. With a short window, an hour of this morning may be too early too:
 * Redis forgets by its own clock, and would not remember the first reader for as long as the run lasts. Then it is tomorrow's.
 */
function baseOf({ hourOfDay, window }: Plan, now: number) {
  const hour = Math.floor(now / DAY_MS) * DAY_MS + hourOfDay * HOUR_MS;
  return now - hour < window + GRACE_MS - HOUR_MS ? hour : hour + DAY_MS;
}

const timeOf = ({ live }: Plan, base: number, at: number) => (live ? null : base + at);

async function writeStories(pool: pg.Pool, plan: Plan): Promise<StoryIds[]> {
  const stories: StoryIds[] = [];
  for (const [place, { chapters }] of plan.stories.entries()) {
    const slug = `run-${plan.seed}-${Date.now().toString(36)}-${place}`;
    stories.push(await writeStory(pool, slug, chapters));
  }
  return stories;
}

/** What the ledger says that Redis lost so far, and how many views may be counted again because of it. */
interface Losses {
  rows: number;
  views: number;
  mayRepeat: number;
}

async function knownLosses(pool: pg.Pool): Promise<Losses> {
  const { rows } = await pool.query<Losses>(
    `SELECT count(*) AS rows, COALESCE(sum(views), 0)::float8 AS views, COALESCE(sum("mayRepeat"), 0)::float8 AS "mayRepeat"
     FROM "KnownLoss"`,
  );
  return rows[0] ?? { rows: 0, views: 0, mayRepeat: 0 };
}

const subtract = (after: Losses, before: Losses): Losses => ({
  rows: after.rows - before.rows,
  views: after.views - before.views,
  mayRepeat: after.mayRepeat - before.mayRepeat,
});

/** The site's own ledger must add up. */
async function ledgerProblems(pool: pg.Pool, since: Date): Promise<string[]> {
  const problems: string[] = [];
  const drift = await newestDrift(pool, since);
  if (drift === null) problems.push("the final sync left no entry in the ledger");
  else if (drift !== 0) problems.push(`the ledger drifts by ${drift}`);
  return problems;
}

/** The drift of the newest ledger entry since then. It is written after the sync; null when there is none within a few seconds. */
async function newestDrift(pool: pg.Pool, since: Date): Promise<number | null> {
  for (const deadline = Date.now() + LEDGER_TIMEOUT_MS; Date.now() < deadline; await sleep(15)) {
    const { rows } = await pool.query<{ drift: string }>(
      `SELECT drift FROM "LedgerEntry" WHERE at >= $1 ORDER BY id DESC LIMIT 1`,
      [since],
    );
    if (rows[0]) return Number(rows[0].drift);
  }
  return null;
}

async function timeIn(pool: pg.Pool): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>(
    "SELECT date_trunc('milliseconds', clock_timestamp()) AS now",
  );
  return rows[0]?.now ?? new Date(0);
}
