import { firingSentence } from "~/alerts/firing";
import type { AlertStatus } from "~/alerts/state";
import { formatCount } from "~/shared/format";
import type { StatusSummary } from "~/shared/status";

/** The page's headline: the alerts that are firing, then everything that makes the rules unreliable. Pure. */
export function alertsStatus(
  open: { status: AlertStatus }[],
  { rules, stale }: { rules: { enabled: boolean; check: { phase: string } | null }[]; stale: boolean },
): StatusSummary {
  const firing = open.filter((alert) => alert.status !== "pending");
  const urgent = firing.some((alert) => alert.status === "firing");
  const pending = open.length - firing.length;
  const withoutData = rules.filter((rule) => rule.enabled && rule.check?.phase === "no-data").length;
  const disabled = rules.filter((rule) => !rule.enabled).length;
  const details = [
    ...(stale ? ["The rules have not been evaluated for a minute, so this page may be out of date."] : []),
    ...(pending ? [`${formatCount(pending, "rule is", "rules are")} breached and may fire soon.`] : []),
    ...(withoutData
      ? [
          `${formatCount(withoutData, "rule has", "rules have")} no data, which does not mean that all is well.`,
        ]
      : []),
    ...(disabled ? [`${formatCount(disabled, "rule is", "rules are")} disabled.`] : []),
  ];
  return {
    tone: urgent ? "alarm" : stale || firing.length || pending ? "notice" : "calm",
    headline: firingSentence(firing.map(({ status }) => ({ needsAttention: status === "firing" }))),
    details,
  };
}
