import type { Unit } from "~/alerts/rule-types/rule-type";
import { formatAgainst } from "../measure";

interface LimitBarProps {
  /** Null: unknown, or nothing to compare. */
  value: number | null;
  limit: number;
  unit: Unit;
  /** The rule's state: red is for what fires. */
  state: string;
}

/** A value against its limit, in words and as a bar that is full at the limit. */
export function LimitBar({ value, limit, unit, state }: LimitBarProps) {
  const share = value === null ? 0 : Math.min(1, Math.max(0, value / limit));
  const color =
    state === "firing" ? "var(--alarm)" : share >= 1 ? "var(--path-database)" : "var(--ink-muted)";
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-x-3 gap-y-1">
      <span aria-hidden="true" className="h-1.5 w-20 shrink-0 border border-edge max-sm:hidden">
        <span className="block h-full" style={{ width: `${share * 100}%`, background: color }} />
      </span>
      <span className="text-ink-muted sm:w-40 sm:text-left">{formatAgainst(value, limit, unit)}</span>
    </span>
  );
}
