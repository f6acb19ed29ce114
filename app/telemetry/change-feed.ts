/** What is new since a page was last read. A page that hears of any of it reads its numbers again. */
export type Change = "mode" | "sample" | "sync" | "alert" | "nothing";

/** A cheap mark of what a table holds: when it changes, there is something new. */
export type TableVersions = Partial<Record<Exclude<Change, "nothing">, string>>;

export interface ChangeFeed {
  /** Hears of news until the function that it returns is called; null when as many listen as may. `end` is called at the end. */
  subscribe(hear: (news: Change[]) => void, end: () => void): (() => void) | null;
  /** Something changed in this process: everybody hears of it at once. */
  publish(news: Change): void;
  /** How many listen. */
  size(): number;
  /** Ends every listener and takes no more. */
  close(): void;
}

/** Pages left open by operators: beyond this number they poll, as they do without a feed. */
const MOST_LISTENERS = 100;
const POLL_MS = 2000;
/** Nobody goes without a word for longer than this, ms: ages and forecasts on the page move though nothing else does. */
const SILENCE_MS = 9000;

interface FeedOptions {
  readMarks(): Promise<TableVersions>;
  onError(error: Error): void;
  mostListeners?: number;
  pollMs?: number;
  silenceMs?: number;
}

/**
 * Tells listeners that there is something new. One poll a process serves them all, and none runs while nobody listens.
 * A poll that fails is no end: changes of this process's own are told without it, and so is the regular word.
 */
export function createChangeFeed(options: FeedOptions): ChangeFeed {
  const { mostListeners = MOST_LISTENERS, pollMs = POLL_MS, silenceMs = SILENCE_MS } = options;
  const listeners = new Map<symbol, { hear: (news: Change[]) => void; end: () => void }>();
  let timer: NodeJS.Timeout | null = null;
  let marks: TableVersions | null = null;
  let toldAt = 0;
  let closed = false;

  function tellAll(news: Change[]) {
    toldAt = Date.now();
    for (const { hear } of [...listeners.values()]) hear(news);
  }

  async function poll() {
    try {
      const now = await options.readMarks();
      const news = marks === null ? [] : changed(marks, now);
      marks = now;
      if (news.length) tellAll(news);
    } catch (error) {
      options.onError(error as Error);
    }
    if (Date.now() - toldAt >= silenceMs) tellAll(["nothing"]);
    timer = listeners.size > 0 ? setTimeout(poll, pollMs) : null;
    timer?.unref();
  }

  return {
    subscribe(hear, end) {
      if (closed || listeners.size >= mostListeners) return null;
      const key = Symbol("listener");
      listeners.set(key, { hear, end });
      if (timer === null) {
        // What changed while nobody listened is no news: whoever opens a page has just read it.
        marks = null;
        toldAt = Date.now();
        timer = setTimeout(poll, 0);
      }
      return () => void listeners.delete(key);
    },
    publish: (news) => tellAll([news]),
    size: () => listeners.size,
    close() {
      closed = true;
      for (const { end } of [...listeners.values()]) end();
      listeners.clear();
    },
  };
}

/** The tables whose marks differ. */
const changed = (before: TableVersions, now: TableVersions) =>
  (Object.keys(now) as (keyof TableVersions)[]).filter((table) => now[table] !== before[table]);
