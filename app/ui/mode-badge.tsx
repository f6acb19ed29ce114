import { modeStyle } from "./charts/series-style";
import { Swatch } from "./charts/swatch";

/** A path's swatch and name. */
export function ModeBadge({ mode }: { mode: string }) {
  const style = modeStyle(mode);
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Swatch style={style} />
      {style.label}
    </span>
  );
}
