import { formatNumber } from "~/shared/format";
import { axisLabelsOf } from "../charts/axis-labels";
import type { Calendar, ChartPoint } from "../charts/chart-data";
import { useZone } from "../time/zone";
import { DataTable } from "./data-table";

interface SeriesTableProps<K extends string> {
  caption: string;
  points: ChartPoint<K>[];
  stepSeconds: number;
  calendar?: Calendar;
  /** With the unit: "Redis (views)". */
  columns: { key: K; label: string; format?(value: number): string }[];
  /** A column for the same buckets of an earlier period. */
  before?: { label: string; valueOf(point: ChartPoint<K>): number | null };
  /** The bucket's annotations in words: outages, pauses, drills, deploys. */
  remarks?(at: number): string;
}

/** The numbers behind a chart, newest first. */
export function SeriesTable<K extends string>({
  caption,
  points,
  stepSeconds,
  calendar,
  columns,
  before,
  remarks,
}: SeriesTableProps<K>) {
  const labels = axisLabelsOf(
    points.map(({ at }) => at),
    stepSeconds,
    useZone(),
    calendar,
  );
  return (
    <DataTable
      caption={caption}
      rows={points.toReversed()}
      keyOf={(point) => point.at}
      empty="No data yet."
      scroll
      columns={[
        {
          head: "Time",
          names: true,
          cell: (point) => (
            <span className="whitespace-nowrap">
              {labels.bucket(point.at)}
              {point.unfinished && <span className="text-ink-muted"> (so far)</span>}
            </span>
          ),
        },
        ...columns.map(({ key, label, format = formatNumber }) => ({
          head: label,
          numeric: true,
          cell: (point: ChartPoint<K>) => {
            if (!point.values) return <span className="text-ink-muted">no reports</span>;
            const value = point.values[key];
            return value === null || value === undefined ? (
              <span className="text-ink-muted">none</span>
            ) : (
              format(value)
            );
          },
        })),
        ...(before
          ? [
              {
                head: before.label,
                numeric: true,
                cell: (point: ChartPoint<K>) => formatNumber(before.valueOf(point) ?? 0),
              },
            ]
          : []),
        ...(remarks
          ? [
              {
                head: "Events",
                cell: (point: ChartPoint<K>) => <span className="text-ink-muted">{remarks(point.at)}</span>,
              },
            ]
          : []),
      ]}
    />
  );
}
