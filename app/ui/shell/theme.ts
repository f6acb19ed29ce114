export type Theme = "system" | "light" | "dark";

const KEY = "tidemark-theme";

/**
 * Runs before the first paint, so that nobody who chose dark is flashed with light. Reading localStorage throws where
 * cookies are blocked: then the system decides.
 */
export const THEME_SCRIPT = `try{var t=localStorage.getItem("${KEY}");if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch(e){}`;

/** The theme that this page wears now. */
export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Wears a theme, and remembers it where the browser allows that. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts for this page, which is all that can be done.
  }
}
