import type { Point } from "../../observe/series";
import { figure } from "../../observe/wording";
import { bucketLabel } from "../charts/axis";
import { DataTable } from "./data-table";

interface SeriesTableProps<K extends string> {
  caption: string;
  points: Point<K>[];
  stepSeconds: number;
  /** With the unit: "Redis (views)". */
  columns: { key: K; label: string; format?(value: number): string }[];
}

/** The numbers behind a chart, newest first. */
export function SeriesTable<K extends string>({
  caption,
  points,
  stepSeconds,
  columns,
}: SeriesTableProps<K>) {
  return (
    <DataTable
      caption={caption}
      rows={points.toReversed()}
      keyOf={(point) => point.at}
      empty="Nothing yet."
      scroll
      columns={[
        {
          head: "Time",
          names: true,
          cell: (point) => (
            <span className="whitespace-nowrap">
              {bucketLabel(point.at, stepSeconds)}
              {point.unfinished && <span className="text-ink-muted"> (so far)</span>}
            </span>
          ),
        },
        ...columns.map(({ key, label, format = figure }) => ({
          head: label,
          numeric: true,
          cell: (point: Point<K>) => {
            if (!point.values) return <span className="text-ink-muted">no reports</span>;
            const value = point.values[key];
            return value === null ? <span className="text-ink-muted">none</span> : format(value);
          },
        })),
      ]}
    />
  );
}
