import { useEffect, useState } from "react";
import { applyTheme, currentTheme, type Theme } from "./theme";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

/**
 * Cycles through system, light and dark. The server cannot know the theme, so all three icons are rendered and CSS shows
 * the current one. Hidden without JavaScript (see root.tsx); the system's theme applies then.
 */
export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>("system");
  useEffect(() => setTheme(currentTheme()), []);
  const change = () => {
    const next = NEXT[theme];
    applyTheme(next);
    setTheme(next);
  };
  const label = `Theme: ${theme}. Change to ${NEXT[theme]}.`;
  return (
    <button
      type="button"
      onClick={change}
      aria-label={label}
      title={label}
      className="needs-script flex size-9 items-center justify-center rounded-md text-ink-muted hover:bg-sunken hover:text-ink"
    >
      <svg
        viewBox="0 0 20 20"
        width="18"
        height="18"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        aria-hidden="true"
      >
        <g className="theme-icon-system">
          <circle cx="10" cy="10" r="6.5" />
          <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" stroke="none" />
        </g>
        <g className="theme-icon-light">
          <circle cx="10" cy="10" r="3.5" />
          <path d="M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.34 4.34l1.06 1.06M14.6 14.6l1.06 1.06M4.34 15.66l1.06-1.06M14.6 5.4l1.06-1.06" />
        </g>
        <g className="theme-icon-dark">
          <path d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z" strokeLinejoin="round" />
        </g>
      </svg>
    </button>
  );
}
