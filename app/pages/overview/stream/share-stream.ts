import { openStream, type Stream, type StreamEvents, type Wanted } from "./open-stream";

/** What the windows of one browser say to each other. */
type Word =
  /** To the leader: this window shows that, and still does. */
  | ({ kind: "follow"; window: string } & Wanted)
  | { kind: "leave"; window: string }
  /** From the leader. */
  | { kind: "leading" }
  | { kind: "message"; query: string; text: string }
  | { kind: "live"; isLive: boolean };

const NAME = "tidemark-live";
/** A window says this often, ms, that it still follows; one that has not for three times as long is gone. */
const FOLLOW_AGAIN_MS = 20_000;
/** Windows that open together cause one new connection, ms. */
const GATHER_MS = 100;

/** Whether this browser can share a stream between its windows; otherwise each window that follows something has a connection of its own. */
export const canShareStream = () => "locks" in navigator && typeof BroadcastChannel !== "undefined";

/**
 * Follows a selection through one connection for all windows of this browser: a browser has six connections per site over
 * HTTP/1.1, and a window more than that would get nothing at all. The window that holds a lock has the connection, for what all of them
 * show, and passes on what comes; when it goes, the lock goes to another. Where locks or channels are missing (a site without TLS), each
 * window has a connection of its own. `wanted` says at any time what this window shows and has. Returns a function that stops.
 */
export function shareStream(wanted: () => Wanted, on: StreamEvents): () => void {
  if (!canShareStream()) {
    const own = openStream(() => [wanted()], on);
    return own.close;
  }
  const window = String(Math.random());
  const channel = new BroadcastChannel(NAME);
  const say = (word: Word) => channel.postMessage(word);
  const follow = () => say({ kind: "follow", window, ...wanted() });
  const stopped = new AbortController();
  let leader: Leader | null = null;
  let release = () => {};

  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    leader?.hear(data);
    if (data.kind === "leading") follow();
    else if (data.kind === "message") on.message(data.query, data.text);
    else if (data.kind === "live") on.live(data.isLive);
  };
  const lead = () =>
    new Promise<void>((resolve) => {
      if (stopped.signal.aborted) return resolve();
      leader = createLeader(wanted, say, on);
      release = resolve;
    });
  // Rejects when this window stops before its turn. If a browser refuses the lock for another reason, nothing comes, and the page polls.
  navigator.locks.request(NAME, { signal: stopped.signal }, lead).catch(() => {});
  follow();
  const timer = setInterval(follow, FOLLOW_AGAIN_MS);

  return () => {
    clearInterval(timer);
    stopped.abort();
    leader?.close();
    leader = null;
    say({ kind: "leave", window });
    release();
    channel.close();
  };
}

interface Leader {
  hear(word: Word): void;
  close(): void;
}

/** Holds the connection for this window and for those that say that they follow. */
function createLeader(own: () => Wanted, say: (word: Word) => void, on: StreamEvents): Leader {
  const windows = new Map<string, Wanted & { heardAt: number }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLive = false;

  /** Each selection once, since the oldest that a window has of it. */
  function wanted(): Wanted[] {
    const oldest = new Map<string, number>();
    for (const { query, since } of [own(), ...windows.values()])
      oldest.set(query, Math.min(since, oldest.get(query) ?? since));
    return [...oldest].map(([query, since]) => ({ query, since }));
  }

  const stream: Stream = openStream(wanted, {
    message(query, text) {
      on.message(query, text);
      say({ kind: "message", query, text });
      const { now } = JSON.parse(text) as { now: string };
      for (const one of windows.values()) if (one.query === query) one.since = Date.parse(now);
    },
    live(is) {
      isLive = is;
      on.live(is);
      say({ kind: "live", isLive });
    },
  });
  function restartSoon() {
    clearTimeout(timer);
    timer = setTimeout(stream.restart, GATHER_MS);
  }
  say({ kind: "leading" });

  return {
    hear(word) {
      if (word.kind === "follow") {
        const known = windows.get(word.window);
        windows.set(word.window, { query: word.query, since: word.since, heardAt: Date.now() });
        for (const [id, { heardAt }] of windows)
          if (Date.now() - heardAt > 3 * FOLLOW_AGAIN_MS) windows.delete(id);
        if (known?.query !== word.query) restartSoon();
        else say({ kind: "live", isLive });
      } else if (word.kind === "leave") {
        const left = windows.get(word.window);
        windows.delete(word.window);
        if (left && !wanted().some(({ query }) => query === left.query)) restartSoon();
      }
    },
    close() {
      clearTimeout(timer);
      stream.close();
    },
  };
}
