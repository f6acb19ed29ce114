import { formatCount, formatNumber, formatStep, formatTime } from "~/shared/format";
import { LEAST_USUAL } from "../facts";
import { compare, HOUR, MINUTES_5, noData, ok, type RuleType } from "./rule-type";

/** The start of a surge's message, in which a page finds the story again. */
const SURGE_OF = /^“.*” \((.+)\) had [\d,]+ views? in the hour from /s;

/** The rules about those who come to the site. */
export const TRAFFIC_RULES: readonly RuleType[] = [
  {
    kind: "no-views",
    title: "No views are arriving",
    runbook: "no-views-arrive",
    unit: "views",
    limitLabel: ["Fire when there were at least", "views at this hour last week and none now"],
    looksBack: true,
    severity: "critical",
    defaults: { threshold: 20, windowSeconds: HOUR, forSeconds: 60, keepFiringSeconds: 60 },
    evaluate({ arrivals }, { threshold, windowSeconds }) {
      const period = formatStep(windowSeconds);
      if (!arrivals) return noData(`There is no data from the same ${period} a week ago to compare with.`);
      const before = `${formatNumber(arrivals.weekBefore)} did in the same ${period} a week ago`;
      if (arrivals.now > 0)
        return ok(0, `${formatCount(arrivals.now, "view")} arrived in the last ${period}; ${before}.`);
      return compare(
        arrivals.weekBefore,
        threshold,
        `No view arrived in the last ${period}; ${before}. The limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "surge",
    title: "A story is far above its usual",
    runbook: "a-story-is-far-above-its-usual",
    unit: "times",
    limitLabel: ["Fire at", "times its busiest same hour of four weeks"],
    looksBack: false,
    severity: "notice",
    defaults: { threshold: 10, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ surge, now }, { threshold }) {
      if (!surge) return noData("The stories with most views could not be read.");
      if (!surge.story) return ok(0, "No story has many views at the moment.");
      const { title, slug, hour, views, usual } = surge.story;
      const times = views / Math.max(usual, LEAST_USUAL);
      return compare(
        times,
        threshold,
        `“${title}” (${slug}) had ${formatCount(views, "view")} in the hour from ${formatTime(hour, { now })}; its most in the same hour of the last four weeks is ${formatNumber(usual)}. The limit is ${formatNumber(threshold)} times that, and at least ${formatNumber(threshold * LEAST_USUAL)}.`,
      );
    },
    storyIn: (message) => SURGE_OF.exec(message)?.[1] ?? null,
  },
  {
    kind: "failed-log-ins",
    title: "Many failed log-ins",
    runbook: "many-failed-log-ins",
    unit: "log-ins",
    limitLabel: ["Fire at", "failed log-ins or more"],
    looksBack: true,
    severity: "warning",
    defaults: { threshold: 50, windowSeconds: 600, forSeconds: 0, keepFiringSeconds: MINUTES_5 },
    evaluate({ failedLogIns }, { threshold, windowSeconds }) {
      if (failedLogIns === null) return noData("The number of failed log-ins could not be read.");
      const period = formatStep(windowSeconds);
      if (failedLogIns === 0) return ok(0, `No log-in failed in the last ${period}.`);
      return compare(
        failedLogIns,
        threshold,
        `${formatCount(failedLogIns, "log-in")} failed in the last ${period}, for a wrong password or code; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
];
