import { every } from "~/platform/every";

/** What has changed since an open page was last read. */
export type Change = "mode" | "sample" | "sync" | "alert" | "inbox" | "nothing";

/** A cheap version of each table: when it changes, the table has new rows. */
export type TableVersions = Partial<Record<Exclude<Change, "nothing">, string>>;

/** Reports changes to what follows them. */
export interface ChangeFeed {
  /**
   * Sends changes to `listen` until the returned function is called. `end` is called when the feed closes, at once if it is closed.
   */
  subscribe(listen: (changes: Change[]) => void, end: () => void): () => void;
  /** Notifies all listeners at once of a change in this process. */
  publish(change: Change): void;
  /** The number of listeners. */
  size(): number;
  /** Ends every listener and accepts no more. */
  close(): void;
}

const POLL_MS = 2000;
/** Listeners get at least one message in this time, ms, because ages and forecasts on a page change by themselves. */
const SILENCE_MS = 9000;

interface FeedOptions {
  readVersions(): Promise<TableVersions>;
  onError(error: Error): void;
  pollMs?: number;
  silenceMs?: number;
}

/**
 * Creates a feed that notifies listeners of changes. One poll per process serves them all, and none runs without listeners.
 * While polls fail, changes in this process and the regular message still go out.
 */
export function createChangeFeed(options: FeedOptions): ChangeFeed {
  const { pollMs = POLL_MS, silenceMs = SILENCE_MS, onError } = options;
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
    // Changes from before the first listener do not matter: its page has just been loaded.
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
      if (closed) {
        end();
        return () => undefined;
      }
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
