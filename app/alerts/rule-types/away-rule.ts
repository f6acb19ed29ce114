import { formatCount, formatNumber, formatTime, toSentence } from "~/shared/format";
import { modeName, sayReason } from "~/shared/labels";
import { type AwayPeriod, type DrillPeriod, drillBehind } from "../away";
import type { Facts } from "../facts";
import type { Evaluation } from "../state";
import { breached, explained, noData, ok, REDIS_OFF } from "./rule-type";

/** An operator chose the database: nothing is wrong, and an alert that was open ends with these words. */
export function explainChoice(reason: string): Evaluation {
  const text = toSentence(`An operator chose to count in the database${reason && `: ${reason}`}`);
  return explained(ok(null, text), text);
}

/** "Redis is away": how many web processes do not count in Redis, since when and why. */
export function evaluateAway(facts: Facts, { threshold }: { threshold: number }): Evaluation {
  const { countsInRedis, databaseReason, away, chosenAt, now } = facts;
  if (!countsInRedis) return REDIS_OFF;
  if (databaseReason !== null) return explainChoice(databaseReason);
  if (!away) return noData("No web process reports where it counts.");
  const open = away.periods.filter(({ to }) => to === null);
  const all = formatCount(away.reporting, "web process", "web processes");
  if (open.length < threshold)
    return {
      ...ok(open.length, describeFew(open.length, away.reporting, all, threshold)),
      since: crossedAt(away.periods, threshold),
    };
  // Since an operator chose Redis again, if that is later: the time before was a choice.
  const began = open[Math.ceil(threshold) - 1]?.from ?? now;
  const since = chosenAt && chosenAt > began ? chosenAt : began;
  const drill = drillBehind(open, facts.drills ?? [], now);
  if (drill) {
    const text = describeDrill(drill, now);
    return { ...explained(breached(open.length, text), text, drill.id), since };
  }
  return { ...breached(open.length, describeAway(open, all, since, now)), since };
}

function describeFew(away: number, reporting: number, all: string, threshold: number) {
  if (away > 0)
    return `${formatNumber(away)} of ${all} ${away === 1 ? "does" : "do"} not count in Redis; the limit is ${formatNumber(threshold)}.`;
  return `${reporting === 1 ? "The web process counts" : `All ${all} count`} in Redis.`;
}

function describeAway(open: AwayPeriod[], all: string, since: Date, now: Date) {
  const modes = new Set(open.map(({ mode }) => mode));
  const where = [...modes].map(modeName).join(" or ");
  const reason = open[0]?.reason;
  const because = reason ? `, because ${sayReason(reason)}` : "";
  return toSentence(
    `${formatNumber(open.length)} of ${all} ${open.length === 1 ? "has" : "have"} counted in ${where} since ${formatTime(since, { now, seconds: true })}${because}`,
  );
}

const describeDrill = ({ id, endsAt }: DrillPeriod, now: Date) =>
  endsAt > now
    ? `Drill ${id} is running until ${formatTime(endsAt, { now, seconds: true })}: views are counted in the database on purpose.`
    : `Drill ${id} ended at ${formatTime(endsAt, { now, seconds: true })}: Redis is about to be used again.`;

/** When the last process that made the difference came back; undefined when that is not known. */
function crossedAt(periods: readonly AwayPeriod[], threshold: number): Date | undefined {
  // With a limit above one, some may still be away: then the evaluation's own time counts.
  if (threshold > 1) return undefined;
  return periods.reduce<Date | undefined>(
    (last, { to }) => (to && (!last || to > last) ? to : last),
    undefined,
  );
}

/** An evaluation of the last `windowSeconds`, with the drill that is behind all of its time away from Redis, if one is. */
export function explainDrill(evaluation: Evaluation, facts: Facts, windowSeconds: number): Evaluation {
  if (evaluation.result !== "breached") return evaluation;
  const { away, drills, now } = facts;
  const since = now.getTime() - windowSeconds * 1000;
  const periods = away?.periods.filter(({ to }) => (to ?? now).getTime() >= since) ?? [];
  const drill = drillBehind(periods, drills ?? [], now);
  if (!drill) return evaluation;
  const text = `These views are those of drill ${drill.id}: they were counted in the database on purpose.`;
  return explained({ ...evaluation, message: `${evaluation.message} ${text}` }, text, drill.id);
}
