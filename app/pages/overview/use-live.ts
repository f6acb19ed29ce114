import { useRevalidator } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";

/** How a page learns of what is new. */
export type Following = "live" | "polling" | "paused";

/** News that come together make the page read once, ms. */
const GATHER_MS = 250;
/** However much is new, a page reads no oftener than this, ms; a mode that changed does not wait. */
const REST_MS = 2000;
/** Without a stream, a page reads this often, ms, */
const POLL_MS = 10_000;
/** and tries for a stream again after this long, ms. */
const AGAIN_MS = 30_000;

/**
 * Reads the page's numbers again when the server says that there is something new: no reload, and nothing while the tab is
 * hidden. Where no stream comes through, it polls.
 */
export function useLive(address: string): Following {
  const { revalidate, state } = useRevalidator();
  const [following, setFollowing] = useState<Following>("polling");
  // The effect lives as long as the page; what it calls changes with every rendering.
  const latest = useRef({ revalidate, idle: true });
  latest.current = { revalidate, idle: state === "idle" };

  useEffect(() => {
    let source: EventSource | null = null;
    let gathering: ReturnType<typeof setTimeout> | null = null;
    let gatheringUntil = 0;
    let again: ReturnType<typeof setTimeout> | null = null;
    let readAt = Date.now();
    let streaming = false;
    let wasCut = false;
    const visible = () => document.visibilityState === "visible";

    function read() {
      gathering = null;
      if (!visible()) return;
      // One reading at a time: this one waits for that under way.
      if (!latest.current.idle) return gather(GATHER_MS);
      readAt = Date.now();
      latest.current.revalidate();
    }
    function gather(waitMs: number) {
      const until = Date.now() + waitMs;
      if (gathering !== null && gatheringUntil <= until) return;
      if (gathering !== null) clearTimeout(gathering);
      gatheringUntil = until;
      gathering = setTimeout(read, waitMs);
    }
    function hear(event: MessageEvent<string>) {
      const { news } = JSON.parse(event.data) as { news: string[] };
      const urgent = news.includes("mode") || news.includes("alert");
      gather(urgent ? GATHER_MS : Math.max(GATHER_MS, REST_MS - (Date.now() - readAt)));
    }
    function follow() {
      again = null;
      if (source || !visible()) return;
      source = new EventSource(address);
      source.onmessage = hear;
      source.onopen = () => {
        // What was said while the line was cut was not heard.
        if (wasCut) gather(0);
        wasCut = false;
        streaming = true;
        setFollowing("live");
      };
      source.onerror = () => {
        streaming = false;
        wasCut = true;
        setFollowing(visible() ? "polling" : "paused");
        // A stream that was cut is opened again by the browser itself; one that was refused is not.
        if (source?.readyState !== EventSource.CLOSED) return;
        source = null;
        again ??= setTimeout(follow, AGAIN_MS);
      };
    }
    function rest() {
      source?.close();
      source = null;
      streaming = false;
      for (const timer of [gathering, again]) if (timer !== null) clearTimeout(timer);
      gathering = null;
      again = null;
    }
    function turn() {
      if (visible()) {
        setFollowing("polling");
        gather(0);
        follow();
      } else {
        rest();
        setFollowing("paused");
      }
    }

    follow();
    const poll = setInterval(() => {
      if (!streaming && visible()) gather(0);
    }, POLL_MS);
    document.addEventListener("visibilitychange", turn);
    return () => {
      clearInterval(poll);
      document.removeEventListener("visibilitychange", turn);
      rest();
    };
  }, [address]);

  return following;
}
