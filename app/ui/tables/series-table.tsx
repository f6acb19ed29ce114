import { formatNumber } from "~/shared/format";
import type { Point } from "~/shared/series";
import { bucketLabel } from "../charts/time-axis";
import { useZone } from "../time/zone";
import { DataTable } from "./data-table";

interface SeriesTableProps<K extends string> {
  caption: string;
  points: Point<K>[];
  stepSeconds: number;
  /** With the unit: "Redis (views)". */
  columns: { key: K; label: string; format?(value: number): string }[];
  /** The bucket's annotations in words: outages, pauses, drills, deploys. */
  remarks?(at: number): string;
}

/** The numbers behind a chart, newest first. */
export function SeriesTable<K extends string>({
  caption,
  points,
  stepSeconds,
  columns,
  remarks,
}: SeriesTableProps<K>) {
  const zone = useZone();
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
              {bucketLabel(point.at, stepSeconds, zone)}
              {point.unfinished && <span className="text-ink-muted"> (so far)</span>}
            </span>
          ),
        },
        ...columns.map(({ key, label, format = formatNumber }) => ({
          head: label,
          numeric: true,
          cell: (point: Point<K>) => {
            if (!point.values) return <span className="text-ink-muted">no reports</span>;
            const value = point.values[key];
            return value === null || value === undefined ? (
              <span className="text-ink-muted">none</span>
            ) : (
              format(value)
            );
          },
        })),
        ...(remarks
          ? [
              {
                head: "Events",
                cell: (point: Point<K>) => <span className="text-ink-muted">{remarks(point.at)}</span>,
              },
            ]
          : []),
      ]}
    />
  );
}
