import { useRevalidator } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import type { Change } from "~/telemetry/change-feed";

/** How a page is kept up to date. */
export type Following = "live" | "polling" | "paused";

/** Changes within this time cause one refresh, ms. */
const BATCH_MS = 250;
/** The least time between two refreshes, ms. Changes of the mode and of alerts do not wait for it. */
const MIN_INTERVAL_MS = 2000;
/** How often the page refreshes without a stream, ms. */
const POLL_MS = 10_000;
/** When the page tries again to open a stream that was refused, ms. */
const RETRY_MS = 30_000;

/**
 * Refreshes the page's data, without a reload, when the server reports a change. Without a stream it polls. While the tab is
 * hidden, it sends no requests.
 */
export function useLive(address: string): Following {
  const { revalidate, state } = useRevalidator();
  const [following, setFollowing] = useState<Following>("polling");
  // The effect lives as long as the page, but `revalidate` and `state` change with every render.
  const latest = useRef({ revalidate, idle: true });
  latest.current = { revalidate, idle: state === "idle" };

  useEffect(() => {
    let source: EventSource | null = null;
    let refreshTimer: ReturnType<typeof setTimeout> | null = null;
    let refreshDue = 0;
    let retryTimer: ReturnType<typeof setTimeout> | null = null;
    let refreshedAt = Date.now();
    let streaming = false;
    let interrupted = false;
    const visible = () => document.visibilityState === "visible";

    function refresh() {
      refreshTimer = null;
      if (!visible()) return;
      // One refresh at a time: this one waits until the current one is done.
      if (!latest.current.idle) return scheduleRefresh(BATCH_MS);
      refreshedAt = Date.now();
      latest.current.revalidate();
    }
    function scheduleRefresh(waitMs: number) {
      const due = Date.now() + waitMs;
      if (refreshTimer !== null && refreshDue <= due) return;
      if (refreshTimer !== null) clearTimeout(refreshTimer);
      refreshDue = due;
      refreshTimer = setTimeout(refresh, waitMs);
    }
    function onMessage(event: MessageEvent<string>) {
      const { changes } = JSON.parse(event.data) as { changes: Change[] };
      const urgent = changes.includes("mode") || changes.includes("alert");
      scheduleRefresh(urgent ? BATCH_MS : Math.max(BATCH_MS, MIN_INTERVAL_MS - (Date.now() - refreshedAt)));
    }
    function connect() {
      retryTimer = null;
      if (source || !visible()) return;
      source = new EventSource(address);
      source.onmessage = onMessage;
      source.onopen = () => {
        // The page missed the changes sent while the stream was interrupted.
        if (interrupted) scheduleRefresh(0);
        interrupted = false;
        streaming = true;
        setFollowing("live");
      };
      source.onerror = () => {
        streaming = false;
        interrupted = true;
        setFollowing(visible() ? "polling" : "paused");
        // The browser itself reopens a stream that was interrupted, but not one that was refused.
        if (source?.readyState !== EventSource.CLOSED) return;
        source = null;
        retryTimer ??= setTimeout(connect, RETRY_MS);
      };
    }
    function disconnect() {
      source?.close();
      source = null;
      streaming = false;
      for (const timer of [refreshTimer, retryTimer]) if (timer !== null) clearTimeout(timer);
      refreshTimer = null;
      retryTimer = null;
    }
    function onVisibilityChange() {
      if (visible()) {
        setFollowing("polling");
        scheduleRefresh(0);
        connect();
      } else {
        disconnect();
        setFollowing("paused");
      }
    }

    connect();
    const poll = setInterval(() => {
      if (!streaming && visible()) scheduleRefresh(0);
    }, POLL_MS);
    document.addEventListener("visibilitychange", onVisibilityChange);
    return () => {
      clearInterval(poll);
      document.removeEventListener("visibilitychange", onVisibilityChange);
      disconnect();
    };
  }, [address]);

  return following;
}
