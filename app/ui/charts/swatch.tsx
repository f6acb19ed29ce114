import { useId } from "react";
import { COMPARISON_COLOR, type DrawAs, type SeriesStyle } from "./series-style";
import { TexturePattern } from "./textures";

type SwatchStyle = Omit<SeriesStyle, "label">;

/** A small sample of a series beside its name, drawn as the chart draws it. */
export function SeriesSwatch({ style, drawAs }: { style: SwatchStyle; drawAs: DrawAs }) {
  if (drawAs === "bars") return <Swatch style={style} />;
  return drawAs === "lines" ? (
    <LineSwatch color={style.color} dash={style.dash} />
  ) : (
    <DotSwatch color={style.color} />
  );
}

/** A square of a series' colour and texture. */
export function Swatch({ style }: { style: SwatchStyle }) {
  const id = useId();
  return (
    <svg width="12" height="12" aria-hidden="true" className="inline-block shrink-0 align-[-1px]">
      <defs>
        <TexturePattern id={id} color={style.color} texture={style.texture} />
      </defs>
      <rect x="0.5" y="0.5" width="11" height="11" rx="2" fill={`url(#${id})`} stroke={style.color} />
    </svg>
  );
}

interface LineSwatchProps {
  color: string;
  dash?: string;
  thin?: boolean;
}

/** A short line; thin for lines other than the chart's own series. */
export function LineSwatch({ color, dash, thin }: LineSwatchProps) {
  return (
    <svg width="22" height="12" aria-hidden="true" className="inline-block shrink-0 align-[-1px]">
      <line x1="1" x2="21" y1="6" y2="6" stroke={color} strokeWidth={thin ? 1 : 2} strokeDasharray={dash} />
    </svg>
  );
}

/** The thin line of the comparison period. */
export const ComparisonSwatch = () => <LineSwatch color={COMPARISON_COLOR} thin />;

/** A single dot. */
function DotSwatch({ color }: { color: string }) {
  return (
    <svg width="12" height="12" aria-hidden="true" className="inline-block shrink-0 align-[-1px]">
      <circle cx="6" cy="6" r="3.5" fill={color} />
    </svg>
  );
}
