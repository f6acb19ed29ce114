import type { Redis } from "ioredis";
import type pg from "pg";
import { shardOf, shardTag } from "../../app/tracker/shard";
import type { Cluster } from "./cluster";
import { countClusters, judgeHistory, type Moment } from "./model";
import type { Plan, Visit } from "./plan";
import type { StoryIds } from "./stories";

export interface RunJudgement {
  lost: number;
  /** The fewest counted views that would cover the lost ones. */
  missing: number;
  doubled: number;
  /** The targets whose counts are not those of the model. */
  wrongCounts: string[];
  /** Everything else that does not add up. */
  problems: string[];
}

interface Target {
  kind: "story" | "chapter";
  id: number;
  name: string;
  awkward: boolean;
  moments: Moment[];
}

const HOUR_MS = 3_600_000;

/** Compares the site's counts with the model, target by target. */
export async function judge(
  { pool, redis }: Pick<Cluster, "pool" | "redis">,
  plan: Plan,
  stories: StoryIds[],
  base: number,
  rowsAllowed: boolean,
): Promise<RunJudgement> {
  const judgement: RunJudgement = { lost: 0, missing: 0, doubled: 0, wrongCounts: [], problems: [] };
  for (const target of targetsOf(plan, stories, base))
    await judgeTarget(pool, target, plan.window, judgement);
  const { rows } = await pool.query<{ rows: number }>(
    `SELECT (SELECT count(*) FROM "StoryView" WHERE "storyId" = ANY($1::int[]))::int
          + (SELECT count(*) FROM "ChapterView" WHERE "chapterId" = ANY($2::int[]))::int AS rows`,
    [stories.map(({ id }) => id), stories.flatMap(({ chapters }) => chapters)],
  );
  if (rows[0]?.rows && !rowsAllowed)
    judgement.problems.push(`${rows[0].rows} fallback rows without an outage`);
  judgement.problems.push(
    ...(await pendingProblems(redis, stories)),
    ...(await deviceProblems(pool, stories)),
  );
  return judgement;
}

/** At rest, no page may add unsynced views to a count. */
async function pendingProblems(redis: Redis, stories: StoryIds[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { id, slug, chapters } of stories) {
    const fields = [`s${id}`, ...chapters.map((chapter) => `c${chapter}`)];
    const pending = await redis.hmget(`${shardTag(shardOf(id))}:pending`, ...fields);
    for (const [i, views] of pending.entries())
      if (views !== null && views !== "0")
        problems.push(`${slug}: ${fields[i]} still shows ${views} unsynced views`);
  }
  return problems;
}

/** Every counted view of a story has a device, so their sum is its count. */
async function deviceProblems(pool: pg.Pool, stories: StoryIds[]): Promise<string[]> {
  const { rows } = await pool.query<{ slug: string; readCount: number; devices: number }>(
    `SELECT slug, "readCount", (SELECT COALESCE(sum(views), 0)::bigint FROM "ViewDetailHour" d
       WHERE d."storyId" = s.id AND dimension = 'device') AS devices
     FROM "Story" s WHERE id = ANY($1::int[])`,
    [stories.map(({ id }) => id)],
  );
  return rows
    .filter(({ readCount, devices }) => readCount !== devices)
    .map(
      ({ slug, readCount, devices }) =>
        `${slug}: readCount is ${readCount}, but its devices add up to ${devices}`,
    );
}

async function judgeTarget(pool: pg.Pool, target: Target, window: number, judgement: RunJudgement) {
  const table = target.kind === "story" ? `"Story"` : `"Chapter"`;
  const { rows: counts } = await pool.query<{ readCount: number }>(
    `SELECT "readCount" FROM ${table} WHERE id = $1`,
    [target.id],
  );
  const { rows: hours } = await pool.query<{ hour: Date; views: number }>(
    `SELECT hour, sum(views)::int AS views FROM "ViewHour" WHERE kind = $1 AND "targetId" = $2 GROUP BY hour`,
    [target.kind, target.id],
  );
  const readCount = counts[0]?.readCount ?? -1;
  const history = hours.reduce((sum, { views }) => sum + views, 0);
  if (readCount !== history)
    judgement.problems.push(`${target.name}: readCount is ${readCount}, but its hours add up to ${history}`);
  if (target.awkward) {
    const { lost, missing, doubled } = judgeHistory(
      target.moments,
      new Map(hours.map(({ hour, views }) => [hour.getTime() / HOUR_MS, views])),
      window,
    );
    judgement.lost += lost;
    judgement.missing += missing;
    judgement.doubled += doubled;
    if (lost + doubled > 0)
      judgement.wrongCounts.push(`${target.name}: ${lost} views not covered, ${doubled} not separated`);
    return;
  }
  const right = countClusters(target.moments, window);
  judgement.lost += Math.max(0, right - readCount);
  judgement.missing += Math.max(0, right - readCount);
  judgement.doubled += Math.max(0, readCount - right);
  if (right !== readCount)
    judgement.wrongCounts.push(`${target.name}: readCount is ${readCount}, but ${right} is right`);
}

/** A view of a chapter is a view of its story too. */
function targetsOf(plan: Plan, stories: StoryIds[], base: number): Target[] {
  const visits = plan.phases.flatMap(({ ticks }) => ticks.flat());
  const moment = ({ reader, at }: Visit): Moment => ({ reader, at: base + (at ?? 0) });
  return stories.flatMap(({ id, slug, chapters }, story) => {
    const mine = visits.filter(({ page }) => page.story === story);
    const awkward = story > 0;
    return [
      { kind: "story" as const, id, name: slug, awkward, moments: mine.map(moment) },
      ...chapters.map((chapter, i) => ({
        kind: "chapter" as const,
        id: chapter,
        name: `${slug} chapter ${i + 1}`,
        awkward,
        moments: mine.filter(({ page }) => page.chapter === i + 1).map(moment),
      })),
    ];
  });
}
