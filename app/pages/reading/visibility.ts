declare global {
  interface Document {
    /** True while the browser prepares a page that the reader has not opened yet. */
    readonly prerendering?: boolean;
  }
}

/**
 * Calls `onSeen` once the page is visible to a reader: not while it is prerendered or in a background tab. Calls it again
 * each time the browser restores the page from its back/forward cache, and when a reader comes back to the tab `againMs` after
 * the last call or later. Returns a function that stops it.
 */
export function whenSeen(onSeen: () => void, againMs: number): () => void {
  // By the clock: timers of the page stand still while the computer sleeps.
  let dueAt = 0;
  const check = () => {
    if (Date.now() < dueAt || document.prerendering || document.visibilityState !== "visible") return;
    dueAt = Date.now() + againMs;
    onSeen();
  };
  const onPageShow = (event: PageTransitionEvent) => {
    if (!event.persisted) return;
    dueAt = 0;
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

/** The page on which the reader entered the site, if it was one of those that send views. */
const landedOn = typeof location === "undefined" ? "" : location.pathname;
const landedWith = typeof location === "undefined" ? "" : location.search;

/** The most characters of a tag that are sent: a beacon has a limit. */
const MAX_TAG = 160;

/**
 * The tags of the link by which the reader entered the site, on that page and nowhere else; undefined if it had none. Nothing else of
 * the address leaves the page.
 */
export function landingTags(path: string): { source?: string; medium?: string; name?: string } | undefined {
  if (path !== landedOn || landedWith === "") return undefined;
  const query = new URLSearchParams(landedWith);
  const tag = (key: string) => query.get(key)?.slice(0, MAX_TAG) || undefined;
  const source = tag("utm_source") ?? tag("ref");
  const name = tag("utm_campaign");
  return source || name ? { source, medium: tag("utm_medium"), name } : undefined;
}

/**
 * Where the reader came from, as an origin (`https://news.example`). Only the host is counted, so nothing else leaves the
 * page. After a navigation within the site, `document.referrer` is still that of the first page, so the result is the site's
 * own origin.
 */
export function referrerOrigin(path: string): string {
  if (path !== landedOn) return location.origin;
  return /^[^:]+:\/\/[^/?#]+/.exec(document.referrer)?.[0] ?? "";
}
