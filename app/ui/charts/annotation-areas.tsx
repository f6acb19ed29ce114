import { ReferenceArea, ReferenceLine } from "recharts";
import type { AnnotationKind, BucketAnnotation } from "~/shared/annotations";
import { ANNOTATION_STYLES } from "./annotation-styles";

/** With more annotations than this, letters would lie on each other and the shades would cover the chart. */
const MOST_FLAGGED = 24;

interface FlagProps {
  kind: AnnotationKind;
  /** Only the bar, without the letter. */
  isPlain: boolean;
  /** The annotated part of the plot; recharts passes it to the element given as a label. */
  viewBox?: { x?: number; y?: number; width?: number; height?: number };
}

/** The type's letter above the plot, over a bar that stays visible where the area is one bucket wide. */
function Flag({ viewBox, kind, isPlain }: FlagProps) {
  const { x = 0, y = 0, width = 0 } = viewBox ?? {};
  const { color, letter } = ANNOTATION_STYLES[kind];
  return (
    <g>
      {width > 0 && <rect x={x} y={y - 3} width={width} height={3} fill={color} />}
      {!isPlain && (
        <text
          x={x + width / 2}
          y={y - 5}
          textAnchor="middle"
          fontSize="10"
          fontWeight="600"
          fill="var(--ink-muted)"
        >
          {letter}
        </text>
      )}
    </g>
  );
}

/**
 * The annotations of a chart: a deploy is a line, anything that lasts is an area. Where there are very many, as in two years, those of
 * one bucket keep only their bar above the plot: a pause of half an hour must not shade a week. The tooltip and the table have all.
 */
export function AnnotationAreas({ annotations }: { annotations: BucketAnnotation[] }) {
  const isCrowded = annotations.length > MOST_FLAGGED;
  return annotations.map(({ kind, first, last }) => {
    const { color } = ANNOTATION_STYLES[kind];
    const key = `${kind} ${first}`;
    if (kind === "deploy")
      return (
        <ReferenceLine
          key={key}
          x={first}
          stroke={color}
          strokeDasharray="1 3"
          strokeOpacity={isCrowded ? 0 : 1}
          label={<Flag kind={kind} isPlain={isCrowded} />}
        />
      );
    return (
      <ReferenceArea
        key={key}
        x1={first}
        x2={last}
        fill={color}
        fillOpacity={isCrowded && first === last ? 0 : 0.13}
        label={<Flag kind={kind} isPlain={isCrowded} />}
      />
    );
  });
}
