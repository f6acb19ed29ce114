import { useId } from "react";
import { usePlotArea, useXAxisScale, useYAxisScale, ZIndexLayer } from "recharts";
import type { ChartPoint } from "./chart-data";
import type { KeyedStyle } from "./series-style";
import { TexturePattern } from "./textures";

interface BarSeriesProps<K extends string> {
  points: ChartPoint<K>[];
  styles: KeyedStyle<K>[];
}

/** Recharts' own layer of bars: above shades and the grid, below the line of the comparison. */
const LAYER = 300;
const MAX_WIDTH = 28;
/** More bars than this have half a pixel between them, fewer an eighth of their width. */
const MANY = 60;

/**
 * Stacked bars of a TimeChart; the bar of an unfinished bucket is pale. All bars of a column are one path: recharts' own would be
 * two elements each, most of the page, and most of the work of every refresh.
 */
export function BarSeries<K extends string>({ points, styles }: BarSeriesProps<K>) {
  const id = useId();
  const x = useXAxisScale();
  const y = useYAxisScale();
  const plot = usePlotArea();
  if (!x || !y || !plot || points.length === 0) return null;
  const room = plot.width / points.length;
  const width = Math.min(MAX_WIDTH, Math.max(0.5, room - (points.length > MANY ? 0.5 : room / 8)));
  const bottom = y(0) ?? plot.y + plot.height;
  const below = points.map(() => 0);
  const bars = styles.map(({ key, ...style }) => {
    const paths = { finished: "", unfinished: "" };
    points.forEach(({ at, values, unfinished }, position) => {
      const value = values?.[key];
      const middle = x(at, { position: "middle" });
      if (!value || middle === undefined) return;
      const from = below[position] ?? 0;
      below[position] = from + value;
      const top = y(from + value) ?? bottom;
      const height = (y(from) ?? bottom) - top;
      paths[unfinished ? "unfinished" : "finished"] +=
        `M${(middle - width / 2).toFixed(2)} ${top.toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}h${(-width).toFixed(2)}z`;
    });
    return { key, style, paths };
  });
  return (
    <ZIndexLayer zIndex={LAYER}>
      <defs>
        {bars.map(({ key, style }) => (
          <TexturePattern key={key} id={id + key} color={style.color} texture={style.texture} />
        ))}
      </defs>
      {bars.map(({ key, paths }) => (
        <g key={key} fill={`url(#${id + key})`} data-bars={key}>
          {paths.finished && <path d={paths.finished} />}
          {paths.unfinished && <path d={paths.unfinished} fillOpacity="0.45" />}
        </g>
      ))}
    </ZIndexLayer>
  );
}
