import type { ReactNode } from "react";
import { formatLatency, formatNumber, formatPercent } from "~/shared/format";
import { Sparkline } from "~/ui/charts/sparkline";
import { nextSyncStat, secondsBetween, unsyncedStat } from "~/ui/sync-stats";
import type { LoadedOverview, PanelData } from "./panel-data";

type Figures = PanelData<"figures">;
type Current = PanelData<"current">;

interface Figure {
  name: string;
  value: ReactNode;
  note: ReactNode;
  spark: { values: (number | null)[]; unit: string; unfinished?: boolean; color?: string };
}

interface FigureStripProps {
  overview: Pick<LoadedOverview, "figures" | "current" | "alerts">;
  now: string;
}

/** Six figures, each with its unit and its time, and how it went lately. A part that could not be read says so. */
export function FigureStrip({ overview, now }: FigureStripProps) {
  const figures = overview.figures.ok ? overview.figures.data : null;
  const current = overview.current.ok ? overview.current.data : null;
  const firing = overview.alerts.ok ? overview.alerts.data.alerts : null;
  return (
    <dl className="figures grid grid-cols-2 border-y border-line sm:grid-cols-3 xl:grid-cols-6 xl:divide-x xl:divide-line">
      {[
        ...(figures ? viewFigures(figures) : []),
        ...(current ? [waiting(current, figures, now)] : []),
        alerts(firing, figures),
      ].map(({ name, value, note, spark }) => (
        <div key={name} className="flex min-w-0 flex-col py-2.5 pr-3 xl:px-4 xl:first:pl-0">
          <dt className="text-xs text-ink-muted">{name}</dt>
          <dd className="flex items-end justify-between gap-2">
            <span className="text-base font-medium whitespace-nowrap sm:text-xl">{value}</span>
            <span className="w-20 shrink-0 pb-1 max-sm:w-14">
              <Sparkline {...spark} />
            </span>
          </dd>
          <dd className="text-xs text-ink-muted">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

const viewFigures = (figures: Figures): Figure[] => [
  {
    name: "Views per second",
    value: figures.perSecond === null ? "Unknown" : formatRate(figures.perSecond),
    note: figures.perSecond === null ? "no report for a minute" : "in the last minute",
    spark: { values: figures.perMinute, unit: "views per minute", unfinished: true },
  },
  {
    name: "Views today (UTC)",
    value: figures.today === null ? "Unknown" : formatNumber(figures.today),
    note: compareDays(figures),
    spark: { values: figures.perHour, unit: "views per hour", unfinished: true },
  },
  {
    name: "Counted in Redis",
    value: figures.redisShare === null ? "No views" : formatShare(figures.redisShare),
    note: "of the last hour’s views",
    spark: { values: figures.redisShares, unit: "the share per minute", color: "var(--path-redis)" },
  },
  {
    name: "Latency, p99",
    value: figures.p99Us === null ? "No views" : formatLatency(figures.p99Us),
    note: "in the last hour",
    spark: { values: figures.p99s, unit: "µs at p99 per minute", color: "var(--ink-muted)" },
  },
];

function waiting(current: Current, figures: Figures | null, now: string): Figure {
  const { value, note } = unsyncedStat(current.unsynced, current.redis, now);
  const next = nextSyncStat(
    {
      at: current.nextSyncAt,
      intervalSeconds: current.syncIntervalSeconds,
      pause: current.pause,
      redis: current.redis,
    },
    now,
  );
  const isLate = current.nextSyncAt !== null && secondsBetween(now, current.nextSyncAt) < 0;
  return {
    name: "Waiting to sync",
    value: current.unsynced ? formatNumber(current.unsynced.views) : value,
    note:
      current.redis !== "up" ? (
        note
      ) : (
        <>next sync: {current.pause || isLate ? next.value : lower(next.value)}</>
      ),
    spark: { values: figures?.unsynced ?? [], unit: "views waiting, per minute", color: "var(--path-redis)" },
  };
}

const lower = (value: ReactNode) =>
  typeof value === "string" ? value.charAt(0).toLowerCase() + value.slice(1) : value;

function alerts(firing: PanelData<"alerts">["alerts"] | null, figures: Figures | null): Figure {
  const open = firing?.filter((alert) => alert.needsAttention).length ?? 0;
  return {
    name: "Open alerts",
    value:
      firing === null ? (
        "Unknown"
      ) : open > 0 ? (
        <span className="text-alarm">{firing.length}</span>
      ) : (
        firing.length
      ),
    note:
      firing === null
        ? "they could not be read"
        : firing.length === 0
          ? "none firing"
          : open > 0
            ? `${formatNumber(open)} not taken yet`
            : "being handled",
    spark: {
      values: figures?.alertsPerDay ?? [],
      unit: "alerts per day",
      unfinished: true,
      color: "var(--alarm)",
    },
  };
}

/** "3.1", "214"; below one a second with two decimals. */
const formatRate = (perSecond: number) =>
  formatNumber(
    perSecond < 1
      ? Math.round(perSecond * 100) / 100
      : perSecond < 100
        ? Math.round(perSecond * 10) / 10
        : Math.round(perSecond),
  );

/** Never "100%" where one view was counted elsewhere. */
const formatShare = (share: number) =>
  share < 1 ? formatPercent(Math.min(share, 0.999), 1) : formatPercent(1);

function compareDays({ today, weekBefore }: Figures) {
  if (today === null) return "no reports today";
  if (weekBefore === null) return "no reports a week ago";
  if (weekBefore === 0) return "none by this time a week ago";
  const change = today / weekBefore - 1;
  if (Math.abs(change) < 0.005) return "as many as a week ago";
  return `${formatPercent(Math.abs(change))} ${change > 0 ? "more" : "fewer"} than a week ago`;
}
