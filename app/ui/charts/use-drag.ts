import { useEffect, useState } from "react";

/** A stretch of buckets that is being selected, by the starts of its ends, Unix ms. */
interface Drag {
  start: number;
  end: number;
}

/** What recharts says about the pointer, as far as dragging needs it. */
interface Pointed {
  activeLabel?: string | number;
}

/**
 * Selecting a stretch of a chart with the mouse. `onSelect` gets its first and last bucket, in order; a click, which selects one bucket,
 * does nothing. Touch is left alone, as it scrolls the page.
 */
export function useDrag(onSelect: ((first: number, last: number) => void) | undefined) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const isDragging = drag !== null;
  useEffect(() => {
    if (!isDragging) return;
    // The button may be let go of outside the chart, which abandons the selection.
    const abandon = () => setDrag(null);
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && abandon();
    window.addEventListener("mouseup", abandon);
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("mouseup", abandon);
      window.removeEventListener("keydown", onKey);
    };
  }, [isDragging]);
  const labelOf = ({ activeLabel }: Pointed) => (activeLabel === undefined ? null : Number(activeLabel));
  const [first, last] = drag ? [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)] : [0, 0];
  return {
    /** The selected stretch, while the mouse moves. */
    selected: drag && first !== last ? { first, last } : null,
    handlers: onSelect && {
      onMouseDown(pointed: Pointed) {
        const at = labelOf(pointed);
        if (at !== null) setDrag({ start: at, end: at });
      },
      onMouseMove(pointed: Pointed) {
        const at = labelOf(pointed);
        if (at !== null) setDrag((before) => before && (before.end === at ? before : { ...before, end: at }));
      },
      onMouseUp() {
        if (drag && first !== last) onSelect(first, last);
        setDrag(null);
      },
    },
  };
}
