import {
  formatCount,
  formatDuration,
  formatList,
  formatNumber,
  formatStep,
  formatTime,
} from "~/shared/format";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { EVALUATION_STOPPED } from "./evaluation-stopped";
import { compare, DAY, noData, ok, REDIS_OFF, type RuleType } from "./rule-type";

/** The rules about whether the numbers are right. */
export const CORRECTNESS_RULES: readonly RuleType[] = [
  {
    kind: "ledger-drift",
    title: "Ledger drift",
    runbook: "counts-differ",
    unit: "views",
    limitLabel: ["Fire at", "views or more"],
    looksBack: false,
    severity: "critical",
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ countsInRedis, ledger, now }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!ledger) return noData("No sync has written the ledger yet.");
      const asOf = `as of ${formatTime(ledger.at, { now })}`;
      if (ledger.drift === 0) return ok(0, `Every accepted view is accounted for, ${asOf}.`);
      return compare(
        ledger.drift,
        threshold,
        `${formatCount(ledger.drift, "view does", "views do")} not add up, ${asOf}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "known-loss",
    title: "Redis lost views that it had acknowledged",
    runbook: "known-loss",
    unit: "views",
    limitLabel: ["Fire at", "lost views or more"],
    looksBack: true,
    severity: "critical",
    defaults: { threshold: 1, windowSeconds: DAY, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ knownLoss }, { threshold, windowSeconds }) {
      if (!knownLoss) return noData("The list of losses could not be read.");
      if (knownLoss.views === 0)
        return ok(0, `Redis lost no views in the last ${formatStep(windowSeconds)}.`);
      return compare(
        knownLoss.views,
        threshold,
        `Redis lost ${formatCount(knownLoss.views, "view")} in the last ${formatStep(windowSeconds)}${knownLoss.cause ? ` (${knownLoss.cause})` : ""}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "rows-given-up",
    title: "Views may be counted twice",
    runbook: "views-may-be-counted-twice",
    unit: "views",
    limitLabel: ["Fire at", "views or more"],
    looksBack: true,
    severity: "warning",
    defaults: { threshold: 1, windowSeconds: DAY, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ givenUp, now }, { threshold, windowSeconds }) {
      if (!givenUp) return noData("The list of rows that were given up could not be read.");
      const { views, fromAt, toAt } = givenUp;
      if (views === 0 || !fromAt || !toAt)
        return ok(0, `No row was given up by reconcile in the last ${formatStep(windowSeconds)}.`);
      return compare(
        views,
        threshold,
        `Up to ${formatCount(views, "view")} between ${formatTime(fromAt, { now })} and ${formatTime(toAt, { now })} may be counted twice: Redis had forgotten that time before they were compared with it. The limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "journal-rejected",
    title: "The journal has rejected lines",
    runbook: "the-journal-has-rejected-lines",
    unit: "lines",
    limitLabel: ["Fire at", "lines set aside or more"],
    looksBack: false,
    severity: "critical",
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 60 },
    evaluate({ journalRejected }, { threshold }) {
      if (!journalRejected)
        return noData(`No process has reported in the last ${formatDuration(SILENT_AFTER_SECONDS)}.`);
      const { lines, files } = journalRejected;
      if (lines === 0) return ok(0, "No lines of the journal were set aside.");
      return compare(
        lines,
        threshold,
        `${formatCount(lines, "line was", "lines were")} set aside, because no store takes ${lines === 1 ? "it" : "them"} (${formatList(files)}); the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  EVALUATION_STOPPED,
];
