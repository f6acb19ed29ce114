import { ReferenceArea, ReferenceLine } from "recharts";
import type { AnnotationKind, BucketAnnotation } from "~/shared/annotations";
import { ANNOTATION_STYLES } from "./annotation-styles";

interface FlagProps {
  kind: AnnotationKind;
  /** The annotated part of the plot; recharts passes it to the element given as a label. */
  viewBox?: { x?: number; y?: number; width?: number; height?: number };
}

/** The type's letter above the plot, over a bar that stays visible where the area is one bucket wide. */
function Flag({ viewBox, kind }: FlagProps) {
  const { x = 0, y = 0, width = 0 } = viewBox ?? {};
  const { color, letter } = ANNOTATION_STYLES[kind];
  return (
    <g>
      {width > 0 && <rect x={x} y={y - 3} width={width} height={3} fill={color} />}
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
    </g>
  );
}

/** The annotations of a chart: a deploy is a line, anything that lasts is an area. */
export function AnnotationAreas({ annotations }: { annotations: BucketAnnotation[] }) {
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
          label={<Flag kind={kind} />}
        />
      );
    return (
      <ReferenceArea
        key={key}
        x1={first}
        x2={last}
        fill={color}
        fillOpacity={0.13}
        label={<Flag kind={kind} />}
      />
    );
  });
}
