import { useLocation, useMatches } from "@remix-run/react";
import { useEffect, useState } from "react";
import { landingTags, referrerOrigin, whenSeen } from "./visibility";

/** A view that did not arrive is sent again after this time, ms, or once the browser is online. */
const RETRY_MS = 3000;

/**
 * Sends a view of the page once the page is visible, again when the browser restores it from its back/forward cache, and again when
 * the reader comes back to it after the dedupe window, `windowMs`. Returns the page's count after that view, or null until there is one.
 */
export function useViewBeacon(windowMs: number): number | null {
  const path = useLocation().pathname;
  const routeId = useMatches().at(-1)?.id ?? "";
  const [answer, setAnswer] = useState<{ path: string; viewCount: number } | null>(null);

  useEffect(() => {
    const send = async () => {
      const viewCount = await postView(path, routeId);
      if (viewCount !== null) setAnswer({ path, viewCount });
    };
    return whenSeen(send, windowMs);
  }, [path, routeId, windowMs]);

  return answer?.path === path ? answer.viewCount : null;
}

/**
 * Posts the view to the page's own route. `_data` makes Remix return the action's answer alone, without rendering the page. A view
 * without any answer is posted once more: if the first one did arrive, the site recognises the second as a repeat. Returns null when
 * both fail: the page is complete without it, so the reader sees no error.
 */
async function postView(path: string, routeId: string): Promise<number | null> {
  const address = `${path}?_data=${encodeURIComponent(routeId)}`;
  // A program that drives a browser says so here; readers' browsers add nothing.
  const automated = navigator.webdriver || undefined;
  const body = JSON.stringify({ referrer: referrerOrigin(path), tags: landingTags(path), automated });
  // With keepalive the view arrives even if the reader leaves at once. Browsers without it mostly have sendBeacon, which does the
  // same but gives no answer.
  if (!("keepalive" in Request.prototype) && navigator.sendBeacon?.(address, body)) return null;
  const post = () =>
    fetch(address, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "text/plain;charset=UTF-8" },
      body,
    });
  try {
    const response = await post().catch(() => later().then(post));
    if (!response.ok) return null;
    const outcome: unknown = await response.json();
    if (typeof outcome !== "object" || outcome === null || !("viewCount" in outcome)) return null;
    return typeof outcome.viewCount === "number" ? outcome.viewCount : null;
  } catch {
    return null;
  }
}

const later = () =>
  new Promise<unknown>((resolve) => {
    if (navigator.onLine) setTimeout(resolve, RETRY_MS);
    else addEventListener("online", resolve, { once: true });
  });
