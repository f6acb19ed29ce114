import { MODE_LABELS } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";

/** Colour is never the only cue: a bar has a texture as well, and a line a dash, in the legend too. */
export type Texture = "solid" | "hatched" | "dotted";

/** How a series is named and drawn, everywhere. */
export interface SeriesStyle {
  label: string;
  color: string;
  /** Of bars; solid unless stated. */
  texture?: Texture;
  /** Of lines, as SVG's stroke-dasharray; solid unless stated. */
  dash?: string;
}

/** The style of one column of a series. */
export interface KeyedStyle<K extends string> extends SeriesStyle {
  key: K;
}

/** How a chart draws each column. Dots suit values that are measured only now and then. */
export type DrawAs = "bars" | "lines" | "dots";

/** How each path is drawn, everywhere. */
export const MODE_STYLES = {
  redis: { label: MODE_LABELS.redis, color: "var(--path-redis)", texture: "solid" },
  database: { label: MODE_LABELS.database, color: "var(--path-database)", texture: "hatched" },
  journal: { label: MODE_LABELS.journal, color: "var(--path-journal)", texture: "dotted" },
} as const satisfies Record<string, SeriesStyle>;

/** Not paths, but drawn on the mode timeline too. */
const STATE_STYLES = {
  paused: { label: MODE_LABELS.paused, color: "var(--path-paused)", texture: "hatched" },
  drill: { label: MODE_LABELS.drill, color: "var(--path-drill)", texture: "dotted" },
} as const satisfies Record<string, SeriesStyle>;

/** The style of a mode; an unknown mode is neutral and keeps its own name. */
export const modeStyle = (mode: string): SeriesStyle =>
  lookUp<SeriesStyle>(MODE_STYLES, mode) ??
  lookUp<SeriesStyle>(STATE_STYLES, mode) ?? { label: mode, color: "var(--path-paused)" };

/** The colour of the comparison period's thin line. */
export const COMPARISON_COLOR = "var(--ink)";
