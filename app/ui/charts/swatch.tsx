import { useId } from "react";
import { type SeriesStyle, TexturePattern } from "./textures";

/** A small piece of a series' colour and texture, beside its name. */
export function Swatch({ look }: { look: Pick<SeriesStyle, "color" | "texture"> }) {
  const id = useId();
  return (
    <svg width="12" height="12" aria-hidden="true" className="inline-block shrink-0 align-[-1px]">
      <defs>
        <TexturePattern id={id} color={look.color} texture={look.texture} />
      </defs>
      <rect x="0.5" y="0.5" width="11" height="11" rx="2" fill={`url(#${id})`} stroke={look.color} />
    </svg>
  );
}

/** A piece of a line, beside its name. */
export function LineSwatch({ color, dash, thin }: { color: string; dash?: string; thin?: boolean }) {
  return (
    <svg width="22" height="12" aria-hidden="true" className="inline-block shrink-0 align-[-1px]">
      <line x1="1" x2="21" y1="6" y2="6" stroke={color} strokeWidth={thin ? 1 : 2} strokeDasharray={dash} />
    </svg>
  );
}

/** A dot, beside its name. */
export function DotSwatch({ color }: { color: string }) {
  return (
    <svg width="12" height="12" aria-hidden="true" className="inline-block shrink-0 align-[-1px]">
      <circle cx="6" cy="6" r="3.5" fill={color} />
    </svg>
  );
}
