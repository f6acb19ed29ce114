import { useNavigate } from "@remix-run/react";
import { useEffect } from "react";

/**
 * The left and right arrow keys open the previous and the next chapter. Arrows only: single letters would get in the way of
 * speech input and screen readers (WCAG 2.1.4). Arrows with a modifier are left alone, as Alt+Left goes back in the browser,
 * and so are arrows in elements that use them already.
 */
export function useArrowKeys(previous: string | null, next: string | null): void {
  const navigate = useNavigate();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (usesArrows(event.target)) return;
      const to = event.key === "ArrowLeft" ? previous : event.key === "ArrowRight" ? next : null;
      if (!to) return;
      event.preventDefault();
      navigate(to);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [previous, next, navigate]);
}

const usesArrows = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest("input, textarea, select, audio, video, [role]") !== null);
