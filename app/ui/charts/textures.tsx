import { MODE_LABELS } from "~/shared/labels";

/** A colour is never the only sign: every series of a chart has a texture of its own as well, also in its legend. */
export type Texture = "solid" | "hatched" | "dotted";

export interface SeriesStyle {
  label: string;
  color: string;
  texture: Texture;
}

/** How a path looks, everywhere. */
export const MODE_STYLES = {
  redis: { label: MODE_LABELS.redis, color: "var(--path-redis)", texture: "solid" },
  database: { label: MODE_LABELS.database, color: "var(--path-database)", texture: "hatched" },
  journal: { label: MODE_LABELS.journal, color: "var(--path-journal)", texture: "dotted" },
} as const satisfies Record<string, SeriesStyle>;

/** What is no path, but has a look of its own all the same. */
const STATE_LOOKS: Record<string, SeriesStyle> = {
  paused: { label: MODE_LABELS.paused, color: "var(--path-paused)", texture: "hatched" },
  drill: { label: MODE_LABELS.drill, color: "var(--path-drill)", texture: "dotted" },
};

/** The look of a mode; modes without one of their own are neutral. */
export const modeStyle = (mode: string): SeriesStyle =>
  (MODE_STYLES as Record<string, SeriesStyle>)[mode] ??
  STATE_LOOKS[mode] ?? {
    label: mode,
    color: "var(--path-paused)",
    texture: "solid",
  };

/** The definition behind `fill="url(#id)"`: the colour with gaps in it, so that it reads the same on any ground. */
export function TexturePattern({ id, color, texture }: { id: string; color: string; texture: Texture }) {
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
