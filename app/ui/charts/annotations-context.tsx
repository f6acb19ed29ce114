import { createContext, useContext } from "react";
import { type Annotation, annotationsAt, onBuckets } from "~/shared/annotations";
import { ANNOTATION_STYLES, describeAnnotation } from "./annotations";

const Shades = createContext<Annotation[]>([]);

/** Hands the shades of a page to all of its charts, so that they shade alike. */
export const AnnotationsProvider = Shades.Provider;

/** The page's shades on the buckets of one chart. */
export function useAnnotations(times: number[], stepSeconds: number) {
  return onBuckets(useContext(Shades), times, stepSeconds);
}

/** What a table says of a bucket besides its numbers; undefined where nothing is shaded. */
export function useRemarks(times: number[], stepSeconds: number) {
  const shades = useAnnotations(times, stepSeconds);
  return shades.length ? (at: number) => describeAnnotation(annotationsAt(shades, at)) : undefined;
}

/** What the shades on this page mean; nothing where there are none. */
export function AnnotationKey() {
  const shades = useContext(Shades);
  const kinds = (Object.keys(ANNOTATION_STYLES) as (keyof typeof ANNOTATION_STYLES)[]).filter((kind) =>
    shades.some((shade) => shade.kind === kind),
  );
  if (!kinds.length) return null;
  return (
    <ul aria-label="What the charts shade" className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-muted">
      {kinds.map((kind) => {
        const { letter, name, color } = ANNOTATION_STYLES[kind];
        return (
          <li key={kind} className="inline-flex items-center gap-1.5">
            <span
              aria-hidden="true"
              className="inline-flex h-4 w-5 items-center justify-center border-t-3 text-[10px] font-semibold"
              style={{
                borderColor: kind === "deploy" ? "transparent" : color,
                background: `color-mix(in oklab, ${color} 13%, transparent)`,
              }}
            >
              {letter}
            </span>
            {name}
          </li>
        );
      })}
    </ul>
  );
}
