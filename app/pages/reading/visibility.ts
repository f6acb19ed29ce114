declare global {
  interface Document {
    /** True while the browser prepares a page that nobody has opened yet. */
    readonly prerendering?: boolean;
  }
}

/**
 * Calls `seen` once the page is in front of somebody: not while it is prerendered, not in a tab that was opened in the
 * background. Calls it again each time the browser restores the page from its back/forward cache. Returns the end of it.
 */
export function whenSeen(seen: () => void): () => void {
  let waiting = true;
  const look = () => {
    if (!waiting || document.prerendering || document.visibilityState !== "visible") return;
    waiting = false;
    seen();
  };
  const restored = (event: PageTransitionEvent) => {
    if (!event.persisted) return;
    waiting = true;
    look();
  };
  document.addEventListener("visibilitychange", look);
  document.addEventListener("prerenderingchange", look);
  window.addEventListener("pageshow", restored);
  // A tick later, so that an effect which React starts, ends and starts again (StrictMode) is seen once.
  const timer = setTimeout(look, 0);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
    document.removeEventListener("prerenderingchange", look);
    window.removeEventListener("pageshow", restored);
  };
}

/**
 * Where the reader came from, as an origin (`https://news.example`): all that is counted is the host, so no more leaves
 * the page. After a navigation inside the site `document.referrer` is still the first page's: then it is the site itself.
 */
export function referrerOrigin(path: string): string {
  const [load] = performance.getEntriesByType("navigation");
  const landedHere = !load || new URL(load.name).pathname === path;
  if (!landedHere) return location.origin;
  if (!URL.canParse(document.referrer)) return "";
  const { protocol, host } = new URL(document.referrer);
  return `${protocol}//${host}`;
}
