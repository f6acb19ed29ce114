import { Swatch } from "./charts/swatch";
import { modeLook } from "./charts/textures";

/** Where something is counted: the path's mark and its name. */
export function ModeMark({ mode }: { mode: string }) {
  const look = modeLook(mode);
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Swatch look={look} />
      {look.label}
    </span>
  );
}
