import type { AnnotationKind, BucketAnnotation } from "~/shared/annotations";

/** How each type of annotation is drawn and named in all charts. The letter identifies it without its colour. */
export const ANNOTATION_STYLES: Record<AnnotationKind, { letter: string; name: string; color: string }> = {
  outage: { letter: "O", name: "not all counted in Redis", color: "var(--path-database)" },
  pause: { letter: "P", name: "sync paused", color: "var(--path-paused)" },
  drill: { letter: "D", name: "drill", color: "var(--path-drill)" },
  deploy: { letter: "▲", name: "processes started", color: "var(--ink-muted)" },
};

/** Every type, in the order of the legend. */
export const ANNOTATION_KINDS = Object.keys(ANNOTATION_STYLES) as AnnotationKind[];

/** Annotations in words, for tooltips and tables; an empty string if there are none. */
export const describeAnnotations = (annotations: BucketAnnotation[]) =>
  annotations.map(({ label }) => label.charAt(0).toUpperCase() + label.slice(1)).join(". ");
