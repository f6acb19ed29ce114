import { type ReactNode, useEffect, useState } from "react";
import { formatDuration } from "~/shared/format";
import { UtcTime } from "../time/utc-time";
import { useWaiting } from "./unopened-page-notice";

interface FreshMainProps {
  /** When the numbers on the page were read, ISO. */
  readAt: string;
  /** Newer ones come at least this often, ms. */
  withinMs: number;
  /** For a page whose first screen must hold much. */
  dense?: boolean;
  children: ReactNode;
}

/**
 * The main part of an operators' page that keeps itself up to date. When nothing newer arrives, for whatever reason, the last numbers
 * stay on screen, greyed and with their age.
 */
export function FreshMain({ readAt, withinMs, dense, children }: FreshMainProps) {
  const since = useStaleSince(readAt, withinMs);
  return (
    <main
      data-stale={since === null ? undefined : true}
      className={`mx-auto flex max-w-console flex-col px-5 pb-20 sm:px-8 ${dense ? "gap-4 pt-4" : "gap-10 pt-8"}`}
    >
      {since !== null && <StaleNotice readAt={readAt} since={since} />}
      {children}
    </main>
  );
}

/**
 * Since when the page has numbers that were read at `readAt` (ISO), Unix ms by the browser's clock, if that is too long: nothing
 * newer came within `withinMs`, or the site is known not to answer. Null while they are fresh.
 */
function useStaleSince(readAt: string, withinMs: number): number | null {
  const { refreshSince } = useWaiting();
  const [arrived, setArrived] = useState({ at: 0, old: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each reading arrives anew
  useEffect(() => {
    const at = Date.now();
    // A clock rather than a timer of that length: timers stand still while the computer sleeps.
    const check = () =>
      setArrived((before) => {
        const old = Date.now() - at > withinMs;
        return before.at === at && before.old === old ? before : { at, old };
      });
    check();
    const timer = setInterval(check, 1000);
    return () => clearInterval(timer);
  }, [readAt, withinMs]);
  return arrived.old || refreshSince !== null ? arrived.at : null;
}

/** Says how old the numbers on the page are, which are greyed meanwhile (console.css). */
function StaleNotice({ readAt, since }: { readAt: string; since: number }) {
  const { refreshSince } = useWaiting();
  const [now, setNow] = useState(since);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div
      data-stale-notice
      className="sticky top-3 z-10 self-start rounded-md border border-alarm bg-surface px-4 py-2.5 text-sm text-ink shadow-lg"
    >
      <p role="status" className="font-medium">
        {refreshSince === null ? "No new numbers arrive." : "The site cannot be reached."}
      </p>
      <p className="figures text-ink-muted">
        These numbers are from <UtcTime at={readAt} now={readAt} seconds />,{" "}
        {formatDuration((now - since) / 1000)} ago. The page catches up by itself.
      </p>
    </div>
  );
}
