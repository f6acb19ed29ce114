declare global {
  interface Document {
    /** True while the browser prepares a page that the reader has not opened yet. */
    readonly prerendering?: boolean;
  }
}

/**
 * Calls `onSeen` once the page is visible to a reader: not while it is prerendered or in a background tab. Calls it again
 * each time the browser restores the page from its back/forward cache. Returns a function that stops it.
 */
export function whenSeen(onSeen: () => void): () => void {
  let unseen = true;
  const check = () => {
    if (!unseen || document.prerendering || document.visibilityState !== "visible") return;
    unseen = false;
    onSeen();
  };
  const onPageShow = (event: PageTransitionEvent) => {
    if (!event.persisted) return;
    unseen = true;
    check();
  };
  document.addEventListener("visibilitychange", check);
  document.addEventListener("prerenderingchange", check);
  window.addEventListener("pageshow", onPageShow);
  // One tick later, so that an effect that React starts, stops and starts again (StrictMode) sends one view.
  const timer = setTimeout(check, 0);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", check);
    document.removeEventListener("prerenderingchange", check);
    window.removeEventListener("pageshow", onPageShow);
  };
}

/**
 * Where the reader came from, as an origin (`https://news.example`). Only the host is counted, so nothing else leaves the
 * page. After a navigation within the site, `document.referrer` is still that of the first page, so the result is the site's
 * own origin.
 */
export function referrerOrigin(path: string): string {
  const [load] = performance.getEntriesByType("navigation");
  const landedHere = !load || new URL(load.name).pathname === path;
  if (!landedHere) return location.origin;
  if (!URL.canParse(document.referrer)) return "";
  const { protocol, host } = new URL(document.referrer);
  return `${protocol}//${host}`;
}
