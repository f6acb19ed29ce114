import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type Client, createClient, type Tally } from "./client";
import type { Cluster } from "./cluster";
import { type Fault, type FaultName, faults } from "./faults";
import { judge, type StoryIds } from "./judge";
import type { Mutant } from "./mutants";
import { type Act, type Plan, planRun, type Visit } from "./plan";
import { buffered, finalSync, quiesce, turnTheHour } from "./quiesce";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Readers take about this long, ms, to get through a fault that says nothing of its own length. */
const USUAL_HOLD_MS = 250;
const LEDGER_WITHIN_MS = 5000;
/** A loaded machine is late once or twice; a process that lacks something refuses again and again. */
const MOST_REFUSED = 5;

export interface RunResult {
  seed: number;
  name: Plan["name"];
  live: boolean;
  /** Views that were accepted. */
  views: number;
  /** Faults that struck for certain. A run without one does not count. */
  fired: number;
  lost: number;
  doubled: number;
  problems: string[];
  tally: Tally;
  /** Outages that nobody planned: this machine kept Redis from answering in time. */
  unplanned: number;
  ms: number;
  faults: string[];
}

/** One run from its plan to its verdict, on a stage that is at rest before and after. */
export async function playRun(
  stage: Cluster,
  seed: number,
  asked: FaultName | "mixed" | undefined,
  plant: Mutant | null,
): Promise<RunResult> {
  const began = Date.now();
  const plan = planRun(seed, asked);
  const base = baseOf(plan, began);
  const courier = createClient(stage);
  const problems: string[] = [];
  let fired = 0;
  let unplanned = 0;
  let lost = 0;
  let doubled = 0;
  let views = 0;
  stage.deaths.length = 0;
  const losses = await knownLosses(stage.pool);

  try {
    const stories = await writeStories(stage.pool, plan);
    // A seed may be played twice on one stage.
    const trigger = `seed ${seed} ${began.toString(36)}`;
    for (const act of plan.acts) {
      const { outage, struck, sent } = await playAct(act, {
        stage,
        courier,
        stories,
        base,
        plan,
        trigger,
        plant,
      });
      fired += struck;
      views += sent;
      const planned = act.fault !== null && (faults[act.fault.name] as Fault).outage;
      if (outage && !planned) unplanned += 1;
      if (outage || planned) await quiesce(stage, courier, timeOf(plan, base, act.to - 1));
    }
    stage.fillWorkers();
    const since = await timeIn(stage.pool);
    const failed = await finalSync(stage, trigger);
    if (failed) problems.push(failed);
    const waiting = await buffered(stage);
    if (waiting !== 0) problems.push(`${waiting} views still wait for the sync`);
    const anOutage = plan.acts.some(({ fault }) => fault && (faults[fault.name] as Fault).outage);
    const verdict = await judge(stage.pool, plan, stories, base, anOutage || unplanned > 0);
    ({ lost, doubled } = verdict);
    problems.push(...verdict.problems);
    problems.push(...(await ledgerProblems(stage.pool, losses, since)));
    await turnTheHour(stage);
  } catch (error) {
    problems.push((error as Error).message);
    // The next run begins at rest, if that can be had.
    await quiesce(stage, courier, null).catch(() => undefined);
  } finally {
    courier.close();
  }
  problems.push(...stage.deaths.map((death) => `a process died: ${death}`));
  stage.deaths.length = 0;
  const mayRefuse = plan.acts.some(
    ({ fault }) =>
      fault &&
      (fault.name === "web-kill" || (Number(fault.params.web ?? -1) >= 0 && fault.name === "both-down")),
  );
  if (courier.tally.refused > MOST_REFUSED && !mayRefuse)
    problems.push(`${courier.tally.refused} views were refused by processes that knew the story`);
  const told = plan.acts.flatMap(({ fault }) =>
    fault ? [`${fault.name} ${JSON.stringify(fault.params)}`] : [],
  );
  const { name, live } = plan;
  const tally = courier.tally;
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
    ms: Date.now() - began,
    faults: told,
  };
}

interface Setting {
  stage: Cluster;
  courier: Client;
  stories: StoryIds[];
  base: number;
  plan: Plan;
  trigger: string;
  plant: Mutant | null;
}

/** Plays one act: its readers read while its fault strikes and heals. */
async function playAct(act: Act, setting: Setting) {
  const { stage, courier, trigger, plant } = setting;
  const { tally } = courier;
  const elsewhere = tally.database + tally.journal;
  let sent = 0;
  let over = act.fault === null;
  const striking = act.fault
    ? faults[act.fault.name].strike({ stage, tally, trigger, plant }, act.fault.params).finally(() => {
        over = true;
      })
    : Promise.resolve(0);
  // A fault that fails is reported when it is awaited below.
  striking.catch(() => undefined);
  const pause = Number(act.fault?.params.holdMs ?? USUAL_HOLD_MS) / Math.max(1, act.ticks.length);
  for (const tick of act.ticks) {
    await deliverTick(tick, setting);
    sent += tick.length;
    if (!over) await sleep(pause);
  }
  const struck = await striking;
  return { struck, sent, outage: tally.database + tally.journal > elsewhere };
}

/** Readers of one tick at the same time, each reader's own visits one after the other. */
async function deliverTick(tick: Visit[], setting: Setting) {
  const readers = [...new Set(tick.map(({ reader }) => reader))];
  await Promise.all(
    readers.map(async (reader) => {
      for (const visit of tick.filter((one) => one.reader === reader)) await deliver(visit, setting);
    }),
  );
}

function deliver(visit: Visit, { courier, stories, base, plan }: Setting) {
  const { reader, page, at } = visit;
  const slug = stories[page.story]?.slug ?? "";
  return courier.deliver({
    path: page.chapter === null ? `/story/${slug}` : `/story/${slug}/chapter/${page.chapter}`,
    address: `10.${plan.seed % 200}.${Math.floor(plan.seed / 200) % 250}.${reader + 1}`,
    agent: `Mozilla/5.0 (X11; Linux x86_64) Reader/${plan.seed}.${reader}`,
    at: at === null ? null : base + at,
    // Which process a reader meets is the seed's choice too, and no matter to the count.
    web: visit.web ?? (reader + Math.floor((at ?? 0) / 1000)) % 2,
  });
}

/**
 * The first instant of simulated time: the plan's hour of today. Where that is over, its buffers are really closed; yesterday would
 * be too early, as salts of the day before it are deleted for good.
 */
const baseOf = ({ hourOfDay }: Plan, now: number) => Math.floor(now / DAY_MS) * DAY_MS + hourOfDay * HOUR_MS;

const timeOf = ({ live }: Plan, base: number, at: number) => (live ? null : base + at);

async function writeStories(pool: pg.Pool, plan: Plan): Promise<StoryIds[]> {
  const stories: StoryIds[] = [];
  for (const [place, { chapters }] of plan.stories.entries()) {
    const slug = `run-${plan.seed}-${Date.now().toString(36)}-${place}`;
    stories.push(await writeStory(pool, slug, chapters));
  }
  return stories;
}

export async function writeStory(pool: pg.Pool, slug: string, chapters: number): Promise<StoryIds> {
  const { rows } = await pool.query<{ id: number; chapters: number[] }>(
    `WITH author AS (
       INSERT INTO "User" (email, name, "passwordHash", role) VALUES ('author@example.test', 'Author', 'x', 'EDITOR')
       ON CONFLICT (email) DO UPDATE SET name = 'Author' RETURNING id
     ), story AS (
       INSERT INTO "Story" (slug, title, blurb, "authorId", status, "publishedAt")
       SELECT $1, $1, '', id, 'PUBLISHED', now() FROM author RETURNING id
     ), chapter AS (
       INSERT INTO "Chapter" ("storyId", number, title, body, status, "publishedAt")
       SELECT story.id, n, 'Chapter', 'Text', 'PUBLISHED', now() FROM story, generate_series(1, $2::int) AS n RETURNING id, number
     )
     SELECT (SELECT id FROM story) AS id, (SELECT json_agg(id ORDER BY number) FROM chapter) AS chapters`,
    [slug, chapters],
  );
  return { id: rows[0]?.id ?? 0, slug, chapters: rows[0]?.chapters ?? [] };
}

async function knownLosses(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ losses: number }>(`SELECT count(*)::int AS losses FROM "KnownLoss"`);
  return rows[0]?.losses ?? 0;
}

/** The site's own books: nothing known lost, as every fault here is one that loses nothing, and no drift. */
async function ledgerProblems(pool: pg.Pool, lossesBefore: number, since: Date): Promise<string[]> {
  const problems: string[] = [];
  const losses = (await knownLosses(pool)) - lossesBefore;
  if (losses > 0) problems.push(`${losses} losses were written down, and nothing was lost`);
  const drift = await newestDrift(pool, since);
  if (drift === null) problems.push("the final sync left no entry in the ledger");
  else if (drift !== 0) problems.push(`the ledger drifts by ${drift}`);
  return problems;
}

/** Drift of the newest ledger entry since then; null when there is none within a few seconds: it is written behind the sync. */
async function newestDrift(pool: pg.Pool, since: Date): Promise<number | null> {
  for (const deadline = Date.now() + LEDGER_WITHIN_MS; Date.now() < deadline; await sleep(15)) {
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
