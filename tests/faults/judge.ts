import type pg from "pg";
import { countClusters, judgeHistory, type Moment } from "./model";
import type { Plan, Visit } from "./plan";

export interface RunJudgement {
  lost: number;
  doubled: number;
  problems: string[];
}

/** A run's stories in the database. */
export interface StoryIds {
  id: number;
  slug: string;
  chapters: number[];
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
  pool: pg.Pool,
  plan: Plan,
  stories: StoryIds[],
  base: number,
  rowsAllowed: boolean,
): Promise<RunJudgement> {
  const judgement: RunJudgement = { lost: 0, doubled: 0, problems: [] };
  for (const target of targetsOf(plan, stories, base)) await judgeTarget(pool, target, judgement);
  const { rows } = await pool.query<{ rows: number }>(
    `SELECT (SELECT count(*) FROM "StoryView" WHERE "storyId" = ANY($1::int[]))::int
          + (SELECT count(*) FROM "ChapterView" WHERE "chapterId" = ANY($2::int[]))::int AS rows`,
    [stories.map(({ id }) => id), stories.flatMap(({ chapters }) => chapters)],
  );
  if (rows[0]?.rows && !rowsAllowed)
    judgement.problems.push(`${rows[0].rows} fallback rows without an outage`);
  return judgement;
}

async function judgeTarget(pool: pg.Pool, target: Target, judgement: RunJudgement) {
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
    const { lost, doubled } = judgeHistory(
      target.moments,
      new Map(hours.map(({ hour, views }) => [hour.getTime() / HOUR_MS, views])),
    );
    judgement.lost += lost;
    judgement.doubled += doubled;
    if (lost + doubled > 0)
      judgement.problems.push(`${target.name}: ${lost} views not covered, ${doubled} not separated`);
    return;
  }
  const right = countClusters(target.moments);
  judgement.lost += Math.max(0, right - readCount);
  judgement.doubled += Math.max(0, readCount - right);
  if (right !== readCount)
    judgement.problems.push(`${target.name}: readCount is ${readCount}, but ${right} is right`);
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
