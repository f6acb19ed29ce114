import { createContext, useContext } from "react";
import { type Annotation, annotationsAt, onBuckets } from "~/shared/annotations";
import { ANNOTATION_KINDS, ANNOTATION_STYLES, describeAnnotations } from "./annotation-styles";
import { LineSwatch, Swatch } from "./swatch";

const Annotations = createContext<Annotation[]>([]);

/** Gives all charts of a page the same annotations. */
export const AnnotationsProvider = Annotations.Provider;

/** The page's annotations on the buckets of one chart. */
export function useAnnotations(times: number[], stepSeconds: number) {
  return onBuckets(useContext(Annotations), times, stepSeconds);
}

/** The annotations of a bucket in words, for a table's last column; undefined if the chart has none at all. */
export function useRemarks(times: number[], stepSeconds: number) {
  const annotations = useAnnotations(times, stepSeconds);
  return annotations.length ? (at: number) => describeAnnotations(annotationsAt(annotations, at)) : undefined;
}

/** The legend of the annotations on this page; nothing if there are none. */
export function AnnotationKey() {
  const annotations = useContext(Annotations);
  const types = ANNOTATION_KINDS.filter((kind) => annotations.some((each) => each.kind === kind));
  if (!types.length) return null;
  return (
    <ul
      aria-label="Shaded and marked in the charts"
      className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-muted"
    >
      {types.map((kind) => {
        const { name, ...style } = ANNOTATION_STYLES[kind];
        return (
          <li key={kind} className="inline-flex items-center gap-1.5">
            {style.dash ? (
              <LineSwatch color={style.color} dash={style.dash} thin />
            ) : (
              <Swatch style={style} />
            )}
            {name}
          </li>
        );
      })}
    </ul>
  );
}
