import { formatPercent } from "~/shared/format";

/** A percentage with a bar, so that a column of them can be compared at a glance. */
export function ShareBar({ share }: { share: number | null }) {
  if (share === null) return <span className="text-ink-muted">no data</span>;
  return (
    <span className="flex items-center justify-end gap-2">
      <span>{formatPercent(share)}</span>
      <span aria-hidden="true" className="h-2 w-20 max-sm:w-10 bg-line">
        <span className="block h-2 bg-accent" style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
    </span>
  );
}
