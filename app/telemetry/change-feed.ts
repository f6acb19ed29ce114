import { every } from "~/platform/every";

/** A kind of news since a page was last read. A page that receives any of it reads its numbers again. */
export type Change = "mode" | "sample" | "sync" | "alert" | "nothing";

/** A cheap version of each table: when it changes, there is something new in the table. */
export type TableVersions = Partial<Record<Exclude<Change, "nothing">, string>>;

export interface ChangeFeed {
  /**
   * Sends changes to `listen` until the returned function is called; null when there are too many listeners. `end` is called
   * when the feed closes.
   */
  subscribe(listen: (changes: Change[]) => void, end: () => void): (() => void) | null;
  /** Tells all listeners at once of a change in this process. */
  publish(change: Change): void;
  /** The number of listeners. */
  size(): number;
  /** Ends every listener and accepts no more. */
  close(): void;
}

/** Pages beyond this number poll, as they do without a feed. */
const MAX_LISTENERS = 100;
const POLL_MS = 2000;
/** Listeners get at least one message per this time, ms, because ages and forecasts on the page move by themselves. */
const SILENCE_MS = 9000;

interface FeedOptions {
  readVersions(): Promise<TableVersions>;
  onError(error: Error): void;
  maxListeners?: number;
  pollMs?: number;
  silenceMs?: number;
}

/**
 * Tells listeners when there is something new. One poll per process serves them all, and none runs without listeners.
 * While a poll fails, changes in this process and the regular message still go out.
 */
export function createChangeFeed(options: FeedOptions): ChangeFeed {
  const { maxListeners = MAX_LISTENERS, pollMs = POLL_MS, silenceMs = SILENCE_MS, onError } = options;
  const listeners = new Map<symbol, { listen: (changes: Change[]) => void; end: () => void }>();
  let stopPolling: (() => Promise<void>) | null = null;
  let versions: TableVersions | null = null;
  let sentAt = 0;
  let closed = false;

  function send(changes: Change[]) {
    sentAt = Date.now();
    for (const { listen } of [...listeners.values()]) listen(changes);
  }

  async function poll() {
    try {
      const now = await options.readVersions();
      const changes = versions === null ? [] : changed(versions, now);
      versions = now;
      if (changes.length) send(changes);
    } catch (error) {
      onError(error as Error);
    }
    if (Date.now() - sentAt >= silenceMs) send(["nothing"]);
  }

  function start() {
    if (stopPolling) return;
    // Changes from before the first listener are not news: its page has just been read.
    versions = null;
    sentAt = Date.now();
    stopPolling = every(pollMs, poll, onError);
  }

  function stopWhenUnused() {
    if (listeners.size > 0) return;
    void stopPolling?.();
    stopPolling = null;
  }

  return {
    subscribe(listen, end) {
      if (closed || listeners.size >= maxListeners) return null;
      const key = Symbol("listener");
      listeners.set(key, { listen, end });
      start();
      return () => {
        listeners.delete(key);
        stopWhenUnused();
      };
    },
    publish: (change) => send([change]),
    size: () => listeners.size,
    close() {
      closed = true;
      for (const { end } of [...listeners.values()]) end();
      listeners.clear();
      stopWhenUnused();
    },
  };
}

/** The tables whose versions differ. */
const changed = (before: TableVersions, now: TableVersions) =>
  (Object.keys(now) as (keyof TableVersions)[]).filter((table) => now[table] !== before[table]);
