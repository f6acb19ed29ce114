import { memo } from "react";
import { formatStep } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import type { SamplesFigureProps } from "../panel-data";

const LINES: KeyedStyle<"unsynced">[] = [
  { key: "unsynced", label: "Waiting to sync", color: "var(--path-redis)" },
];

/** The number of views waiting to sync. */
export const UnsyncedFigure = memo(function UnsyncedFigure({ samples, query }: SamplesFigureProps) {
  const { unsynced, before } = samples;
  return (
    <SeriesFigure
      title={samples.unsyncedTitle}
      series={unsynced}
      styles={LINES}
      drawAs="lines"
      comparison={before === null ? null : { label: `Waiting, ${before}`, columns: ["unsynced"] }}
      missing="unknown"
      measure={`Views, most per ${formatStep(unsynced.stepSeconds)}`}
      table={{
        caption: "Views waiting to sync",
        columns: [{ key: "unsynced", label: "Waiting to sync (views)" }],
      }}
      csv={`/admin/chart/buffer.csv${query}`}
    />
  );
});
