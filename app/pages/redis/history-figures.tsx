import { formatBytes } from "~/shared/bytes";
import { formatNumber, formatStep } from "~/shared/format";
import type { Series } from "~/shared/series";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import { COUNT_AXIS, type ValueAxis } from "~/ui/charts/value-axis";
import type { RedisColumn } from "./read-history";

interface FigureProps {
  series: Series<RedisColumn>;
  /** The range, in words. */
  words: string;
}

const MEMORY: KeyedStyle<"usedBytes">[] = [{ key: "usedBytes", label: "In use", color: "var(--path-redis)" }];
const OPERATIONS: KeyedStyle<"opsPerSecond" | "clients">[] = [
  { key: "opsPerSecond", label: "Commands per second", color: "var(--path-redis)" },
  { key: "clients", label: "Clients", color: "var(--path-database)", dash: "6 3" },
];
const BYTE_AXIS: ValueAxis = { ...COUNT_AXIS, formatTick: formatBytes, format: formatBytes, width: 64 };
const NO_SAMPLES = "The worker takes a sample every minute.";

/** Memory over time, with its limit where that is close enough to be drawn. */
export function MemoryFigure({ series, words, limit }: FigureProps & { limit: number | null }) {
  const highest = Math.max(0, ...series.points.map(({ values }) => values?.usedBytes ?? 0));
  const near = limit !== null && limit < highest * 3 ? limit : undefined;
  return (
    <SeriesFigure
      openOnPhones
      title={highest === 0 ? `No samples in ${words}` : `At most ${formatBytes(highest)} in ${words}`}
      series={series}
      styles={MEMORY}
      drawAs="lines"
      axis={BYTE_AXIS}
      limit={near}
      limitLabel={near === undefined ? undefined : "Redis's limit"}
      measure={`Memory, highest value per ${formatStep(series.stepSeconds)}`}
      table={{
        caption: "Memory of Redis",
        columns: [
          { key: "usedBytes", label: "In use", format: formatBytes },
          { key: "keys", label: "Keys" },
        ],
      }}
      emptyNote={NO_SAMPLES}
    />
  );
}

/** Commands and clients over time. */
export function OperationsFigure({ series, words }: FigureProps) {
  const most = Math.max(-1, ...series.points.map(({ values }) => values?.opsPerSecond ?? -1));
  return (
    <SeriesFigure
      openOnPhones
      title={
        most < 0 ? `No samples in ${words}` : `At most ${formatNumber(most)} commands per second in ${words}`
      }
      series={series}
      styles={OPERATIONS}
      drawAs="lines"
      measure={`Highest value per ${formatStep(series.stepSeconds)}`}
      table={{ caption: "Commands and clients of Redis" }}
      emptyNote={NO_SAMPLES}
    />
  );
}
