import { Swatch } from "./charts/swatch";
import { modeStyle } from "./charts/textures";

/** Where something is counted: the path's mark and its name. */
export function ModeBadge({ mode }: { mode: string }) {
  const look = modeStyle(mode);
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Swatch look={look} />
      {look.label}
    </span>
  );
}
