import type { AnnotationKind, BucketAnnotation } from "~/shared/annotations";
import type { SeriesStyle } from "./series-style";

/** How each type of annotation is drawn and named in all charts. The texture identifies it without its colour. */
export const ANNOTATION_STYLES: Record<AnnotationKind, Omit<SeriesStyle, "label"> & { name: string }> = {
  outage: { name: "not all counted in Redis", color: "var(--path-database)", texture: "hatched" },
  pause: { name: "sync paused", color: "var(--path-paused)", texture: "solid" },
  drill: { name: "drill", color: "var(--path-drill)", texture: "dotted" },
  deploy: { name: "processes started", color: "var(--ink-muted)", dash: "1 3" },
  void: { name: "views left out by an operator", color: "var(--ink)", texture: "hatched" },
  chapter: { name: "chapter published", color: "var(--accent)", dash: "6 2" },
  demo: { name: "demo data until here", color: "var(--ink)", dash: "2 4" },
};

/** Every type, in the order of the legend. */
export const ANNOTATION_KINDS = Object.keys(ANNOTATION_STYLES) as AnnotationKind[];

/** Annotations in words, for tooltips and tables; an empty string if there are none. */
export const describeAnnotations = (annotations: BucketAnnotation[]) =>
  annotations.map(({ label }) => label.charAt(0).toUpperCase() + label.slice(1)).join(". ");
