import { useLocation } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import { showIcon } from "~/ui/shell/tone-icon";
import { tell } from "~/ui/tell/tell";
import { useTells } from "~/ui/tell/tell-preference";
import { useZone } from "~/ui/time/zone";
import { announcement, newsBetween, titleIn } from "./state-words";
import type { KnownState } from "./use-site-state";

interface OutsideThePageProps {
  /** Null when the site could not read it. */
  state: KnownState | null;
  /** False when the site does not answer. */
  isKnown: boolean;
}

/** A state must last so long, ms, before anyone is told: a breaker that opens for half a second is not worth it. */
const HOLD_MS = 3000;

/** Shows the state of the site where people look who do not look at the page: title, icon, notifications and screen readers. */
export function OutsideThePage({ state, isKnown }: OutsideThePageProps) {
  useTitle(state, isKnown);
  useEffect(() => showIcon(isKnown ? (state?.tone ?? "alarm") : "unknown"), [state?.tone, isKnown, state]);
  useNotifications(state);
  return (
    <p role="status" className="sr-only" data-announcement>
      {useAnnouncement(state)}
    </p>
  );
}

/** Puts the state into the page's title, which Remix sets with every page. */
function useTitle(state: KnownState | null, isKnown: boolean) {
  const zone = useZone();
  const { pathname } = useLocation();
  const title = useRef({ page: "", shown: "" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page has another title
  useEffect(() => {
    const known = title.current;
    if (document.title !== known.shown) known.page = document.title;
    known.shown = !isKnown
      ? `? No answer · ${known.page}`
      : state
        ? titleIn(state, known.page, zone, new Date())
        : `▲ Status unavailable · ${known.page}`;
    document.title = known.shown;
  }, [state, isKnown, zone, pathname]);
}

/** Tells of news in this browser, if the person wants that and is not looking. */
function useNotifications(state: KnownState | null) {
  const zone = useZone();
  const tells = useTells();
  const told = useRef(state);
  useEffect(() => {
    if (!state) return;
    const timer = setTimeout(() => {
      const news = told.current && newsBetween(told.current, state, zone, new Date());
      told.current = state;
      const isLooking = document.visibilityState === "visible" && document.hasFocus();
      if (news && tells && !isLooking) tell(news);
    }, HOLD_MS);
    return () => clearTimeout(timer);
  }, [state, zone, tells]);
}

/** Only changes of the tone or the mode are announced; the numbers on the page change all the time. */
function useAnnouncement(state: KnownState | null): string {
  const zone = useZone();
  const [said, setSaid] = useState({ of: state, words: "" });
  const changed = state && (state.tone !== said.of?.tone || state.mode !== said.of.mode);
  useEffect(() => {
    if (changed) setSaid({ of: state, words: announcement(state, zone, new Date()) });
  }, [changed, state, zone]);
  return said.words;
}
