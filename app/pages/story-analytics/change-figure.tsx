import { formatPercent } from "~/shared/format";

/** The change from an earlier period, as an arrow and a signed percentage, in colour; screen readers announce "up by" or "down by". */
export function ChangeFigure({ now, before }: { now: number; before: number }) {
  if (before === 0)
    return <span className="text-ink-muted">{now === 0 ? "no change" : "no earlier views"}</span>;
  const change = now / before - 1;
  if (Math.abs(change) < 0.005) return <span className="text-ink-muted">no change</span>;
  const up = change > 0;
  return (
    <span className={up ? "text-ok" : "text-alarm"}>
      <span aria-hidden="true">{up ? "↑ +" : "↓ −"}</span>
      <span className="sr-only">{up ? "up by " : "down by "}</span>
      {formatPercent(Math.abs(change))}
    </span>
  );
}
