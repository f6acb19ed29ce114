import { useNavigate } from "@remix-run/react";
import { useEffect } from "react";

/**
 * Left and right arrow turn the page. Arrows only: single letters would get in the way of speech input and screen readers
 * (WCAG 2.1.4). Not with a modifier, as Alt+Left is the browser's, and not where the arrows already mean something.
 */
export function useArrowKeys(previous: string | null, next: string | null): void {
  const navigate = useNavigate();
  useEffect(() => {
    const turn = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (usesArrows(event.target)) return;
      const to = event.key === "ArrowLeft" ? previous : event.key === "ArrowRight" ? next : null;
      if (!to) return;
      event.preventDefault();
      navigate(to);
    };
    window.addEventListener("keydown", turn);
    return () => window.removeEventListener("keydown", turn);
  }, [previous, next, navigate]);
}

const usesArrows = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest("input, textarea, select, audio, video, [role]") !== null);
