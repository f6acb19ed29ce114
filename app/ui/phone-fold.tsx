import { useState } from "react";

interface FoldButtonProps {
  /** What it opens: "Latency". */
  name: string;
  open: boolean;
  /** The id of the part that it opens. */
  controls: string;
  onToggle(): void;
}

/** Whether a part of a page is open on a phone, where most are a line that opens when tapped; on wider screens all are open. */
export function usePhoneFold(openAtFirst = false) {
  const [open, setOpen] = useState(openAtFirst);
  return { open, toggle: () => setOpen((before) => !before), hidden: open ? "" : "max-sm:hidden" };
}

/** The button over a folded part's heading, which must be `relative`. Only on phones. */
export const FoldButton = ({ name, open, controls, onToggle }: FoldButtonProps) => (
  <button
    type="button"
    aria-label={`${open ? "Close" : "Open"} ${name}`}
    aria-expanded={open}
    aria-controls={controls}
    onClick={onToggle}
    className="absolute inset-0 rounded-md sm:hidden"
  />
);

/** The arrow of a part that folds on phones. */
export const FoldArrow = ({ open }: { open: boolean }) => (
  <svg
    viewBox="0 0 12 12"
    width="12"
    height="12"
    aria-hidden="true"
    className={`shrink-0 text-ink-muted sm:hidden ${open ? "rotate-90" : ""}`}
  >
    <path d="M4 2l4 4-4 4" fill="none" stroke="currentColor" strokeWidth="1.5" />
  </svg>
);
