import { formatDuration } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import type { SamplesFigureProps } from "./panel-data";

const LINES: KeyedStyle<"buffered">[] = [
  { key: "buffered", label: "Waiting to sync", color: "var(--path-redis)" },
];

/** How many views were waiting in Redis to be synced. */
export function UnsyncedFigure({ samples, query }: SamplesFigureProps) {
  const { backlog, before } = samples;
  return (
    <SeriesFigure
      title={samples.bufferTitle}
      series={backlog}
      styles={LINES}
      drawAs="lines"
      comparison={before === null ? null : { label: `Waiting, ${before}`, columns: ["buffered"] }}
      missing="not known"
      measure={`Views, highest value in ${formatDuration(backlog.stepSeconds)}`}
      table={{
        caption: "Views waiting to sync",
        columns: [{ key: "buffered", label: "Waiting to sync (views)" }],
      }}
      csv={`/admin/chart/buffer.csv${query}`}
    />
  );
}
