import type { Texture } from "./series-style";

interface TexturePatternProps {
  id: string;
  color: string;
  texture?: Texture;
}

/** The definition behind `fill="url(#id)"`. Gaps in the colour let the background through, so it works in both themes. */
export function TexturePattern({ id, color, texture = "solid" }: TexturePatternProps) {
  if (texture === "hatched")
    return (
      <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" fill={color} fillOpacity="0.3" />
        <rect width="2.5" height="5" fill={color} />
      </pattern>
    );
  if (texture === "dotted")
    return (
      <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse">
        <rect width="5" height="5" fill={color} fillOpacity="0.25" />
        <circle cx="2.5" cy="2.5" r="1.5" fill={color} />
      </pattern>
    );
  return (
    <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse">
      <rect width="5" height="5" fill={color} />
    </pattern>
  );
}

/** The hatching over buckets without reports. */
export function GapPattern({ id }: { id: string }) {
  return (
    <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="1" height="6" fill="var(--edge)" fillOpacity="0.55" />
    </pattern>
  );
}
