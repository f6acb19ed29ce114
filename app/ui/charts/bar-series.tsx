import { useId } from "react";
import { Bar, Rectangle, type RectangleProps } from "recharts";
import type { ChartPoint } from "./chart-data";
import type { KeyedStyle } from "./series-style";
import { TexturePattern } from "./textures";

/** Stacked bars of a TimeChart; the bar of an unfinished bucket is pale. */
export function BarSeries<K extends string>({ styles }: { styles: KeyedStyle<K>[] }) {
  const id = useId();
  return (
    <>
      <defs>
        {styles.map(({ key, color, texture }) => (
          <TexturePattern key={key} id={id + key} color={color} texture={texture} />
        ))}
      </defs>
      {styles.map(({ key }) => (
        <Bar
          key={key}
          dataKey={key}
          stackId="all"
          fill={`url(#${id + key})`}
          isAnimationActive={false}
          shape={(props: RectangleProps & { payload?: { point: ChartPoint<K> } }) => (
            <Rectangle {...props} fillOpacity={props.payload?.point.unfinished ? 0.45 : 1} />
          )}
        />
      ))}
    </>
  );
}
