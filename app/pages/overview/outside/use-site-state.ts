import type { SerializeFrom } from "@remix-run/node";
import { useEffect, useRef, useState } from "react";
import type { Panel } from "~/shared/panel";
import type { LiveMessage } from "../live/live-message";
import type { SiteState } from "../panels/state";
import { canShareStream, shareStream } from "../stream/share-stream";

/** As the browser gets it. */
export type KnownState = SerializeFrom<SiteState>;

/** What the stream calls it: a selection of its own, which all windows of this browser share. */
const STATE_QUERY = "?range=state";
/** How often the state is asked for without a stream, ms. It is some hundred bytes. */
const POLL_MS = 15_000;
/** Without an answer for so long, ms, the state is no longer known. */
const UNKNOWN_AFTER_MS = 45_000;

/**
 * The state of the site, on every page of operators and in hidden tabs too: from the stream that the windows of this browser share, else
 * by asking now and then. `state` is null when the site could not read it; `isKnown` is false when the site does not answer.
 */
export function useSiteState(loaded: Panel<KnownState>): { state: KnownState | null; isKnown: boolean } {
  const [arrived, setArrived] = useState<{ panel: Panel<KnownState>; instead: Panel<KnownState> } | null>(
    null,
  );
  const [isKnown, setIsKnown] = useState(true);
  // The effect lives as long as the layout, but some pages load their data every few seconds.
  const latest = useRef(loaded);
  latest.current = loaded;

  useEffect(() => {
    let isLive = false;
    let heardAt = Date.now();
    let since = 0;
    const hear = (panel: Panel<KnownState> | undefined) => {
      heardAt = Date.now();
      setIsKnown(true);
      if (panel) setArrived({ panel, instead: latest.current });
    };
    const stop = canShareStream()
      ? shareStream(() => ({ query: STATE_QUERY, since }), {
          message(about, text) {
            if (about !== STATE_QUERY) return;
            const { now, panels } = JSON.parse(text) as LiveMessage;
            since = Date.parse(now);
            hear(panels.state);
          },
          live(is) {
            isLive = is;
          },
        })
      : () => {};
    const poll = setInterval(async () => {
      if (!isLive) await ask().then(hear, () => {});
      setIsKnown(Date.now() - heardAt < UNKNOWN_AFTER_MS);
    }, POLL_MS);
    return () => {
      clearInterval(poll);
      stop();
    };
  }, []);

  // What the page was loaded with is newer than what had arrived before.
  const panel = arrived?.instead === loaded ? arrived.panel : loaded;
  return { state: panel.ok ? panel.data : null, isKnown };
}

/** Rejects when the site does not answer with the state, such as to someone who has logged out. */
async function ask(): Promise<Panel<KnownState>> {
  const response = await fetch("/admin/state.json", { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`the state was refused: ${response.status}`);
  return (await response.json()) as Panel<KnownState>;
}
