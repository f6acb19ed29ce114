/** The theme of a browser; "system" follows the operating system. */
export type Theme = "system" | "light" | "dark";

const KEY = "tidemark-theme";

/**
 * Runs before the first paint, so that a dark page does not flash white. Reading localStorage throws where cookies are
 * blocked; the system's theme applies then.
 */
export const THEME_SCRIPT = `try{var t=localStorage.getItem("${KEY}");if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch(e){}`;

/** The current theme of this page. */
export function currentTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** Applies a theme, and remembers it where the browser allows that. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is blocked; the theme lasts until the page is left.
  }
}
