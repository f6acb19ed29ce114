import { type FiringAlert, firingSentence, needsAttention } from "~/alerts/firing";
import { formatCount, formatDuration } from "~/shared/format";
import type { StatusSummary } from "~/shared/status";

interface AlertsFacts {
  open: Pick<FiringAlert, "status" | "severity" | "acknowledgedBy">[];
  /** The state of every rule: "firing" … "no-data", "disabled". */
  rules: { state: string }[];
  evaluation: { at: Date | null; stale: boolean };
  now: Date;
}

/** The page's headline: the alerts that are firing, then everything that makes the rules unreliable. Pure. */
export function alertsStatus({ open, rules, evaluation, now }: AlertsFacts): StatusSummary {
  const firing = open.filter((alert) => alert.status !== "pending");
  const urgent = firing.some(needsAttention);
  const pending = open.length - firing.length;
  const count = (state: string) => rules.filter((rule) => rule.state === state).length;
  const [withoutData, disabled] = [count("no-data"), count("disabled")];
  const silence = evaluation.at ? (now.getTime() - evaluation.at.getTime()) / 1000 : 0;
  const details = [
    ...(evaluation.stale
      ? [`The rules have not been evaluated for ${formatDuration(silence)}, so this page may be out of date.`]
      : []),
    ...(pending ? [`${formatCount(pending, "rule is", "rules are")} breached and may fire soon.`] : []),
    ...(withoutData
      ? [
          `${formatCount(withoutData, "rule has", "rules have")} no data, which does not mean that all is well.`,
        ]
      : []),
    ...(disabled ? [`${formatCount(disabled, "rule is", "rules are")} disabled.`] : []),
  ];
  return {
    tone: urgent ? "alarm" : evaluation.stale || firing.length || pending ? "notice" : "calm",
    headline: firingSentence(firing),
    details,
  };
}
