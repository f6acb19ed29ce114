import type { AppLoadContext } from "@remix-run/node";
import { loadPanel } from "~/shared/panel";
import { START_KEY, sampleRange } from "~/shared/series";
import { parseRange } from "../parse-range";
import { OVERVIEW_PANELS, type PanelKey, readPanels, STATE_PANELS } from "../read-overview";
import { overviewSources, readStart } from "../sources";
import { createLiveReading, type Follower, type LiveReading } from "./live-reading";

/** Pages beyond these numbers poll: all that are open, and the different ranges that they show. */
const MAX_FOLLOWERS = 1000;
const MAX_SELECTIONS = 16;

/** In place of a range: the page wants the state of the site and nothing else. */
const STATE_KEY = "state";

/** A page that follows the overview. */
export interface Followed {
  /** Sends what has changed since a reading (Unix ms), after events that the page could not receive. */
  catchUp(since: number): void;
  stop(): void;
}

/** The overview of open pages in this process. */
export interface LiveOverview {
  /**
   * Sends a page whatever changes of the selection in `query`, its address, after `since` (Unix ms). Null when too many follow, or
   * this process stops.
   */
  follow(query: URLSearchParams, since: number, follower: Follower): Followed | null;
  /** The number of pages that follow. */
  size(): number;
}

/** Follows the changes for all open pages of this process: each selection is read once, and nothing is while no page is open. */
export function createLiveOverview(runtime: AppLoadContext["runtime"]): LiveOverview {
  const { changes, inFlight, log } = runtime;
  const readings = new Map<string, LiveReading>();
  let unsubscribe: (() => void) | null = null;
  let closed = false;
  const size = () => [...readings.values()].reduce((sum, reading) => sum + reading.followers().size, 0);

  /** When the site first reported: once known, it stays. */
  let startedAt: number | null = null;
  const read = async (query: URLSearchParams, keys: readonly PanelKey[], now: Date) => {
    if (query.get("range") === START_KEY) startedAt ??= await inFlight.track(readStart(runtime.db));
    const selection = parseRange(query, now.getTime(), startedAt);
    return readPanels(keys, overviewSources(runtime), selection, now, (what, work) =>
      loadPanel(what, inFlight.track(work), (failed, error) =>
        log.error({ err: error, what: failed, page: "live" }, "a panel could not be loaded"),
      ),
    );
  };

  function open(key: string, query: URLSearchParams): LiveReading {
    const reading = createLiveReading({
      keys: query.get("range") === STATE_KEY ? STATE_PANELS : OVERVIEW_PANELS,
      read: (keys, now) => read(query, keys, now),
      onError: (error) => log.error({ err: error }, "the overview could not be read for open pages"),
    });
    readings.set(key, reading);
    unsubscribe ??= changes.subscribe((found) => {
      for (const one of readings.values()) one.changed(found);
    }, close);
    return reading;
  }

  function close() {
    closed = true;
    for (const reading of readings.values()) {
      reading.stop();
      for (const follower of [...reading.followers()]) follower.end();
    }
    readings.clear();
  }

  function leave(key: string, reading: LiveReading, follower: Follower) {
    reading.remove(follower);
    if (reading.followers().size > 0 || readings.get(key) !== reading) return;
    reading.stop();
    readings.delete(key);
    if (readings.size > 0) return;
    unsubscribe?.();
    unsubscribe = null;
  }

  return {
    size,
    follow(query, since, follower) {
      const key = selectionKey(query);
      const known = readings.get(key);
      if (closed || size() >= MAX_FOLLOWERS || (!known && readings.size >= MAX_SELECTIONS)) return null;
      const reading = known ?? open(key, query);
      if (closed) return null;
      reading.add(follower, since);
      return {
        catchUp: (from) => reading.catchUp(follower, from),
        stop: () => leave(key, reading, follower),
      };
    },
  };
}

/** The same for all addresses that show the same selection. */
function selectionKey(query: URLSearchParams): string {
  const key = query.get("range");
  const range =
    key === "custom"
      ? [key, query.get("from"), query.get("to")]
      : [key === START_KEY || key === STATE_KEY ? key : sampleRange(key).key];
  return JSON.stringify([...range, query.get("compare") === "1"]);
}
