import { ReferenceArea, ReferenceLine } from "recharts";
import type { AnnotationKind, BucketAnnotation } from "~/shared/annotations";

/** How each kind of shade looks and is called, in every chart alike. A letter tells it apart where colours do not. */
export const ANNOTATION_STYLES: Record<AnnotationKind, { letter: string; name: string; color: string }> = {
  outage: { letter: "O", name: "not all counted in Redis", color: "var(--path-database)" },
  pause: { letter: "P", name: "sync paused", color: "var(--path-paused)" },
  drill: { letter: "D", name: "drill", color: "var(--path-drill)" },
  deploy: { letter: "▲", name: "processes started", color: "var(--ink-muted)" },
};

interface Box {
  viewBox?: { x?: number; y?: number; width?: number; height?: number };
}

/** A bar over the plot with the kind's letter: it is there also where the area is one bucket wide. */
function Flag({ viewBox, kind }: Box & { kind: AnnotationKind }) {
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

/**
 * The shades of a chart, as elements of recharts. A function and not a component: charts are drawn from their direct
 * children.
 */
export const shading = (shades: BucketAnnotation[]) =>
  shades.map((shade) => {
    const key = `${shade.kind} ${shade.first}`;
    if (shade.kind === "deploy")
      return (
        <ReferenceLine
          key={key}
          x={shade.first}
          stroke={ANNOTATION_STYLES.deploy.color}
          strokeDasharray="1 3"
          label={<Flag kind="deploy" />}
        />
      );
    return (
      <ReferenceArea
        key={key}
        x1={shade.first}
        x2={shade.last}
        fill={ANNOTATION_STYLES[shade.kind].color}
        fillOpacity={0.13}
        label={<Flag kind={shade.kind} />}
      />
    );
  });

/** Shades of a chart in words: for tooltips and tables. */
export const describeAnnotation = (shades: BucketAnnotation[]) =>
  shades.map((shade) => shade.label.charAt(0).toUpperCase() + shade.label.slice(1)).join(". ");
