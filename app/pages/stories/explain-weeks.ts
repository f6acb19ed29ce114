import { formatCount, formatNumber } from "~/shared/format";
import { EXCLUSION_LABELS } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";

/** What became of the visits to a story in seven days. */
export interface Week {
  /** In its history: counted, less what was retracted and voided. Waiting views are not in it. */
  counted: number;
  /** Visits that were not counted, by reason. */
  leftOut: Record<string, number>;
  /** Of the views of these days, counted in Postgres and taken back, as Redis had counted them. */
  retracted: number;
  /** Of the views of these days, taken out by operators. */
  voided: number;
}

/** Everything that the comparison is made from. */
export interface WeekFacts {
  thisWeek: Week;
  weekBefore: Week;
  /** Views of this week that wait in Redis; null if not even the last number is known. */
  waiting: number | null;
  /** Whether Redis said so just now. */
  redisReachable: boolean;
  /** Views that Redis lost in this week, of all stories of this one's shard. */
  lost: number;
  /** Outages of this week, and the story's views that were counted in the database meanwhile. */
  outages: { count: number; views: number };
}

/** The comparison in words: the answer first, then what explains it, the largest part first. */
export interface WeekExplanation {
  answer: string;
  reasons: string[];
}

/**
 * Explains why a story was counted more or less often in the last seven days than in the seven before. What came in is known exactly: what
 * was counted, left out, retracted or voided. Pure.
 */
export function explainWeeks(facts: WeekFacts): WeekExplanation {
  const { thisWeek, weekBefore, waiting, redisReachable, lost, outages } = facts;
  const now = thisWeek.counted + (waiting ?? 0);
  const before = weekBefore.counted;
  const change = now - before;
  const answer =
    now === 0 && before === 0
      ? "No view was counted in the last 14 days."
      : `${formatCount(now, "view was", "views were")} counted in the last 7 days, ${
          change === 0
            ? "as many as in the 7 days before."
            : `${formatNumber(Math.abs(change))} ${change < 0 ? "fewer" : "more"} than in the 7 days before (${formatNumber(before)}).`
        }`;

  const arrived = (week: Week, extra = 0) =>
    week.counted + extra + total(week.leftOut) + week.retracted + week.voided;
  const parts: { views: number; text: string }[] = [];
  const part = (views: number, text: string) => views !== 0 && parts.push({ views: Math.abs(views), text });

  const came = arrived(thisWeek, waiting ?? 0);
  const cameBefore = arrived(weekBefore);
  part(
    came - cameBefore,
    `${came < cameBefore ? "Fewer" : "More"} visits came in: ${formatNumber(came)}, against ${formatNumber(cameBefore)} before.`,
  );
  const leftOut = total(thisWeek.leftOut) - total(weekBefore.leftOut);
  part(
    leftOut,
    `${formatCount(Math.abs(leftOut), `${leftOut > 0 ? "more" : "fewer"} visit was`, `${leftOut > 0 ? "more" : "fewer"} visits were`)} left out than before: ${changes(thisWeek.leftOut, weekBefore.leftOut)}.`,
  );
  part(
    thisWeek.voided - weekBefore.voided,
    `An operator voided ${formatCount(thisWeek.voided, "view")} from these days, and ${formatNumber(weekBefore.voided)} from the 7 days before.`,
  );
  part(
    thisWeek.retracted - weekBefore.retracted,
    `${formatCount(thisWeek.retracted, "view was", "views were")} retracted because Redis had already counted them, against ${formatNumber(weekBefore.retracted)} before.`,
  );
  const reasons = parts.sort((a, b) => b.views - a.views).map(({ text }) => text);
  if (lost > 0)
    reasons.push(
      `Redis lost ${formatCount(lost, "view")} in these days, of this story and others: at most that many are missing here.`,
    );
  if (waiting === null || !redisReachable)
    reasons.push("Redis is unreachable: the newest views are not in these numbers yet. None is lost.");
  if (waiting)
    reasons.push(
      `${formatCount(waiting, "view is waiting", "views are waiting")} in Redis${redisReachable ? "" : ", as last known"}, and ${waiting === 1 ? "is" : "are"} included.`,
    );
  if (outages.count > 0)
    reasons.push(
      `Redis was away ${outages.count === 1 ? "once" : `${formatNumber(outages.count)} times`} in these days; ${formatCount(outages.views, "view")} of this story ${outages.views === 1 ? "was" : "were"} counted in the database meanwhile.`,
    );
  return { answer, reasons };
}

const total = (byReason: Record<string, number>) =>
  Object.values(byReason).reduce((sum, views) => sum + views, 0);

/** "Robots +180, Prefetched −2": the reasons that changed, the largest change first. */
function changes(now: Record<string, number>, before: Record<string, number>): string {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])]
    .map((reason) => ({ reason, by: (lookUp(now, reason) ?? 0) - (lookUp(before, reason) ?? 0) }))
    .filter(({ by }) => by !== 0)
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by))
    .map(
      ({ reason, by }) =>
        `${lookUp(EXCLUSION_LABELS, reason) ?? reason} ${by > 0 ? "+" : ""}${formatNumber(by)}`,
    )
    .join(", ");
}
