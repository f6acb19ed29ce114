import { useRevalidator } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import type { LiveMessage } from "./live/live-message";
import type { LoadedOverview } from "./panel-data";
import type { PanelKey } from "./read-overview";
import { shareStream } from "./stream/share-stream";

/** How a page is kept up to date. */
export type Following = "live" | "polling" | "paused";

/** How often the page is loaded again without a stream, ms. */
const POLL_MS = 10_000;

/** The panels that have arrived for one address, each with the time of its reading, Unix ms. */
interface Arrived {
  query: string;
  now: number;
  panels: Partial<Record<PanelKey, { data: unknown; readAt: number }>>;
}

/**
 * Keeps the page's data up to date, without a reload: the server streams the panels that have changed, to one window of this browser
 * for all of them. Without a stream the page polls. While the tab is hidden, it sends no requests. `query` is the selection in the
 * page's address.
 */
export function useLive(
  loaded: LoadedOverview,
  query: string,
): { overview: LoadedOverview; following: Following } {
  const { revalidate, state } = useRevalidator();
  const [following, setFollowing] = useState<Following>("polling");
  const [arrived, setArrived] = useState<Arrived | null>(null);
  const overview = newest(loaded, arrived?.query === query ? arrived : null);
  // The effect lives as long as the address, but these change with every render.
  const latest = useRef({ revalidate, idle: true, now: 0 });
  latest.current = { revalidate, idle: state === "idle", now: Date.parse(overview.now) };

  useEffect(() => {
    let stop: (() => void) | null = null;
    let streaming = false;
    const visible = () => document.visibilityState === "visible";
    const refresh = () => {
      if (!streaming && visible() && latest.current.idle) latest.current.revalidate();
    };
    const events = {
      message(about: string, text: string) {
        if (about !== query) return;
        const { now, panels } = JSON.parse(text) as LiveMessage;
        setArrived((before) => add(before?.query === query ? before : null, query, Date.parse(now), panels));
      },
      live(isLive: boolean) {
        const wasStreaming = streaming;
        streaming = isLive;
        setFollowing(isLive ? "live" : visible() ? "polling" : "paused");
        // Whether the site can still be reached is known a moment later.
        if (wasStreaming && !isLive) refresh();
      },
    };
    function start() {
      stop ??= shareStream(() => ({ query, since: latest.current.now }), events);
    }
    function end() {
      stop?.();
      stop = null;
      streaming = false;
    }
    function onVisibilityChange() {
      setFollowing(visible() ? "polling" : "paused");
      if (visible()) start();
      else end();
    }

    if (visible()) start();
    const poll = setInterval(refresh, POLL_MS);
    document.addEventListener("visibilitychange", onVisibilityChange);
    return () => {
      clearInterval(poll);
      document.removeEventListener("visibilitychange", onVisibilityChange);
      end();
    };
  }, [query]);

  return { overview, following };
}

function add(before: Arrived | null, query: string, now: number, panels: LiveMessage["panels"]): Arrived {
  const fresh = Object.entries(panels).map(([key, data]) => [key, { data, readAt: now }]);
  return { query, now, panels: { ...before?.panels, ...Object.fromEntries(fresh) } };
}

/** Each panel as it was read last: the loader may have run after a panel arrived, for example after an action. */
function newest(loaded: LoadedOverview, arrived: Arrived | null): LoadedOverview {
  if (!arrived) return loaded;
  const loadedAt = Date.parse(loaded.now);
  const fresh = Object.entries(arrived.panels).filter(([, { readAt }]) => readAt > loadedAt);
  const now = arrived.now > loadedAt ? new Date(arrived.now).toISOString() : loaded.now;
  return { ...loaded, ...Object.fromEntries(fresh.map(([key, { data }]) => [key, data])), now };
}
