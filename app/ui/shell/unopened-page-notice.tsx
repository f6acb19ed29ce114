import { useState, useSyncExternalStore } from "react";
import { getWaiting, getWaitingOnServer, subscribeToWaiting, tryAgain, type Waiting } from "./keep-page";

/** What waits for the site to answer. */
export const useWaiting = () => useSyncExternalStore(subscribeToWaiting, getWaiting, getWaitingOnServer);

/** Says that a page could not be opened, while the one before it stays. The reader may close it, and read on. */
export function UnopenedPageNotice() {
  const waiting = useWaiting();
  const [closed, setClosed] = useState<Waiting | null>(null);
  const shown = waiting.page && closed !== waiting;
  return (
    <div
      role="status"
      className="no-print fixed inset-x-0 bottom-0 z-10 flex justify-center px-4 pb-4 empty:hidden"
    >
      {shown && (
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-md border border-edge bg-surface px-4 py-3 text-sm text-ink shadow-lg">
          <p>
            <span>{navigator.onLine ? "The site could not be reached." : "You are offline."}</span>{" "}
            <span>The page did not open; this one stays as it is.</span>
          </p>
          <p className="flex gap-2">
            <button type="button" className="button" onClick={() => tryAgain("page")}>
              Try again
            </button>
            <button type="button" className="button button-quiet" onClick={() => setClosed(waiting)}>
              Close
            </button>
          </p>
        </div>
      )}
    </div>
  );
}
