/** A selection to follow: what stands in its page's address ("?range=24h"), and the time of what the page has, Unix ms. */
export interface Wanted {
  query: string;
  since: number;
}

export interface StreamEvents {
  /** A message about one of the selections, as JSON. */
  message(query: string, text: string): void;
  /** The connection stands, or no longer stands. */
  live(isLive: boolean): void;
}

export interface Stream {
  /** Connects anew, because what is wanted has changed. */
  restart(): void;
  close(): void;
}

/** The server sends something every ten seconds, unless it cannot read. After this much silence, ms, the connection is dead. */
const SILENCE_MS = 30_000;
const CHECK_MS = 5000;
/** Ms before the first and before later attempts to connect again; refused connections are tried as seldom as that. */
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;
/** The server follows as many selections per connection. */
const MAX_SELECTIONS = 8;

/**
 * Keeps a connection to the server's stream until it is closed. The browser's own attempts to connect again are not enough: it gives up
 * on some errors, and does not notice a connection that sleep or another network has left dead.
 */
export function openStream(wanted: () => Wanted[], on: StreamEvents): Stream {
  let source: EventSource | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let retryMs = FIRST_RETRY_MS;
  let heardAt = Date.now();

  function connect() {
    disconnect();
    const selections = wanted().slice(0, MAX_SELECTIONS);
    if (selections.length === 0) return;
    heardAt = Date.now();
    source = new EventSource(addressOf(selections));
    for (const [i, { query }] of selections.entries())
      source.addEventListener(i === 0 ? "message" : `also${i - 1}`, ({ data }: MessageEvent<string>) => {
        heardAt = Date.now();
        retryMs = FIRST_RETRY_MS;
        on.message(query, data);
      });
    source.onopen = () => on.live(true);
    source.onerror = () => {
      disconnect();
      on.live(false);
      retryTimer = setTimeout(connect, retryMs);
      retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
    };
  }

  function disconnect() {
    clearTimeout(retryTimer);
    source?.close();
    source = null;
  }

  const check = setInterval(() => {
    if (!source || Date.now() - heardAt <= SILENCE_MS) return;
    on.live(false);
    connect();
  }, CHECK_MS);
  addEventListener("online", connect);
  connect();

  return {
    restart: connect,
    close() {
      clearInterval(check);
      removeEventListener("online", connect);
      disconnect();
    },
  };
}

/** The first selection stands in the address itself, each other one in a parameter. */
function addressOf([first, ...others]: Wanted[]): string {
  const params = new URLSearchParams(first?.query);
  params.set("since", String(first?.since ?? 0));
  for (const { query, since } of others) {
    const other = new URLSearchParams(query);
    other.set("since", String(since));
    params.append("also", other.toString());
  }
  return `/admin/live?${params}`;
}
