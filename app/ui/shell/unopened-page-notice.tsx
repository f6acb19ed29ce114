import { useSyncExternalStore } from "react";
import { getWaiting, getWaitingOnServer, subscribeToWaiting, tryAgain } from "./keep-page";

/** What waits for the site to answer. */
export const useWaiting = () => useSyncExternalStore(subscribeToWaiting, getWaiting, getWaitingOnServer);

/** Says that a page could not be opened, while the one before it stays. */
export function UnopenedPageNotice() {
  const { page } = useWaiting();
  const offline = page && !navigator.onLine;
  return (
    <div
      role="status"
      className="no-print fixed inset-x-0 bottom-0 z-10 flex justify-center px-4 pb-4 empty:hidden"
    >
      {page && (
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-md border border-edge bg-surface px-4 py-3 text-sm text-ink shadow-lg">
          <p>
            <span>{offline ? "You are offline." : "The site could not be reached."}</span>{" "}
            <span>The page did not open; this one stays as it is.</span>
          </p>
          <button type="button" className="button button-quiet" onClick={() => tryAgain("page")}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
