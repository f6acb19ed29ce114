import { useLocation, useMatches } from "@remix-run/react";
import { useEffect, useState } from "react";
import { referrerOrigin, whenSeen } from "./visibility";

/**
 * Sends the view of the page it is used on, once the page is really seen, and again when the browser brings it back from
 * its back/forward cache. Returns the page's count after that view, or null as long as there is nothing newer to show.
 */
export function useViewBeacon(): number | null {
  const path = useLocation().pathname;
  const routeId = useMatches().at(-1)?.id ?? "";
  const [answer, setAnswer] = useState<{ path: string; viewCount: number } | null>(null);

  useEffect(() => {
    const send = async () => {
      const viewCount = await postView(path, routeId);
      if (viewCount !== null) setAnswer({ path, viewCount });
    };
    return whenSeen(send);
  }, [path, routeId]);

  return answer?.path === path ? answer.viewCount : null;
}

/**
 * Posts the view to the page's own route; `_data` asks Remix for the action's answer alone, without rendering the page.
 * A view that does not arrive is not worth a message to the reader: the page is complete without it.
 */
async function postView(path: string, routeId: string): Promise<number | null> {
  const address = `${path}?_data=${encodeURIComponent(routeId)}`;
  const body = JSON.stringify({ referrer: referrerOrigin(path) });
  // keepalive lets the view arrive even when the reader leaves at once. Where it is missing, sendBeacon does the same
  // without an answer.
  if (!("keepalive" in Request.prototype)) {
    navigator.sendBeacon(address, body);
    return null;
  }
  try {
    const response = await fetch(address, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "text/plain;charset=UTF-8" },
      body,
    });
    if (!response.ok) return null;
    const outcome: unknown = await response.json();
    if (typeof outcome !== "object" || outcome === null || !("viewCount" in outcome)) return null;
    return typeof outcome.viewCount === "number" ? outcome.viewCount : null;
  } catch {
    return null;
  }
}
