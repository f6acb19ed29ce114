import { useId } from "react";
import { type Look, TexturePattern } from "./textures";

/** A small piece of a series' colour and texture, beside its name. */
export function Swatch({ look }: { look: Pick<Look, "color" | "texture"> }) {
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
export function LineSwatch({ color, dash }: { color: string; dash?: string }) {
  return (
    <svg width="22" height="12" aria-hidden="true" className="inline-block shrink-0 align-[-1px]">
      <line x1="1" x2="21" y1="6" y2="6" stroke={color} strokeWidth="2" strokeDasharray={dash} />
    </svg>
  );
}
