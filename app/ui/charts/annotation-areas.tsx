import { useId } from "react";
import { ReferenceArea, ReferenceLine } from "recharts";
import { type BucketAnnotation, isMoment } from "~/shared/annotations";
import { ANNOTATION_KINDS, ANNOTATION_STYLES } from "./annotation-styles";
import { TexturePattern } from "./textures";

/** With more annotations than this, the shades would cover the chart. */
const CROWDED = 24;
/** The bar above the plot, px: visible even where the area is one narrow bucket. */
const BAR_HEIGHT = 5;
const MIN_WIDTH = 3;

interface BarProps {
  fill: string;
  /** The annotated part of the plot; recharts passes it to the element given as a label. */
  viewBox?: { x?: number; y?: number; width?: number; height?: number };
}

/** The annotation's bar above the plot, in its colour and texture. */
function Bar({ viewBox, fill }: BarProps) {
  const { x = 0, y = 0, width = 0 } = viewBox ?? {};
  const wide = Math.max(width, MIN_WIDTH);
  return (
    <rect x={x + width / 2 - wide / 2} y={y - BAR_HEIGHT} width={wide} height={BAR_HEIGHT} fill={fill} />
  );
}

/**
 * The annotations of a chart: a moment is a line, anything that lasts is an area. Where there are very many, as in two years, those of
 * one bucket keep only their bar above the plot: a pause of half an hour must not shade a week. The tooltip and the table have all.
 */
export function AnnotationAreas({ annotations }: { annotations: BucketAnnotation[] }) {
  const id = useId();
  const isCrowded = annotations.length > CROWDED;
  return (
    <>
      <defs>
        {ANNOTATION_KINDS.filter((kind) => annotations.some((each) => each.kind === kind)).map((kind) => (
          <TexturePattern key={kind} id={id + kind} {...ANNOTATION_STYLES[kind]} />
        ))}
      </defs>
      {annotations.map(({ kind, first, last }) => {
        const { color, dash } = ANNOTATION_STYLES[kind];
        const key = `${kind} ${first}`;
        if (isMoment(kind))
          return isCrowded ? null : (
            <ReferenceLine key={key} x={first} stroke={color} strokeDasharray={dash} />
          );
        return (
          <ReferenceArea
            key={key}
            x1={first}
            x2={last}
            fill={color}
            fillOpacity={isCrowded && first === last ? 0 : 0.13}
            label={<Bar fill={`url(#${id}${kind})`} />}
          />
        );
      })}
    </>
  );
}
