import type { Change } from "~/telemetry/change-feed";
import { OVERVIEW_PANELS, type PanelKey, panelsAfter } from "../read-overview";
import { formatEvent } from "./live-message";

/** Ms between two readings: changes of the mode, alerts and syncs are shown within a second, new samples with the next few. */
const URGENT_GAP_MS = 1000;
const QUIET_GAP_MS = 5000;
const isUrgent = (change: Change) => change !== "sample" && change !== "nothing";

/** An open page. */
export interface Follower {
  /** `readAt` is the event's id. */
  send(event: Buffer, readAt: number): void;
  end(): void;
}

/** The panels of one selection, read once for all pages that show it. */
export interface LiveReading {
  /** Sends the page what has changed since it was read (Unix ms), if that is known, and everything that changes later. */
  add(follower: Follower, since: number): void;
  remove(follower: Follower): void;
  /** What has changed since, for a page that could not receive it earlier. */
  catchUp(follower: Follower, since: number): void;
  followers(): ReadonlySet<Follower>;
  changed(changes: readonly Change[]): void;
  stop(): void;
}

/**
 * Reads panels when something has changed, at most once a second, and sends those that came out differently. Every event says the
 * time, even one without panels, because a page shows ages.
 */
export function createLiveReading(options: {
  /** Reads these panels as of `now`. */
  read(keys: readonly PanelKey[], now: Date): Promise<Partial<Record<PanelKey, unknown>>>;
  onError(error: Error): void;
  /** What is read at all: the whole overview unless stated. */
  keys?: readonly PanelKey[];
}): LiveReading {
  const { keys: all = OVERVIEW_PANELS } = options;
  const followers = new Set<Follower>();
  /** Each panel as JSON, and the reading in which it last changed. */
  const panels = new Map<PanelKey, { json: string; readAt: number }>();
  const waiting = new Set<Change>();
  let readAt = 0;
  let startedAt = Number.NEGATIVE_INFINITY;
  let reading = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function plan() {
    if (reading || stopped || (waiting.size === 0 && readAt > 0)) return;
    const gapMs = readAt === 0 || [...waiting].some(isUrgent) ? URGENT_GAP_MS : QUIET_GAP_MS;
    clearTimeout(timer);
    timer = setTimeout(run, Math.max(0, startedAt + gapMs - performance.now()));
  }

  async function run() {
    reading = true;
    startedAt = performance.now();
    const keys = readAt === 0 ? all : panelsAfter(waiting, all);
    waiting.clear();
    const now = Math.max(Date.now(), readAt + 1);
    try {
      const found = await options.read(keys, new Date(now));
      if (!stopped) publish(found, now);
    } catch (error) {
      options.onError(error as Error);
    }
    reading = false;
    plan();
  }

  function publish(found: Partial<Record<PanelKey, unknown>>, now: number) {
    readAt = now;
    for (const key of Object.keys(found) as PanelKey[]) {
      const json = JSON.stringify(found[key]);
      if (panels.get(key)?.json !== json) panels.set(key, { json, readAt });
    }
    const event = eventSince(readAt - 1);
    for (const follower of [...followers]) follower.send(event, readAt);
  }

  const eventSince = (since: number) =>
    Buffer.from(
      formatEvent(
        readAt,
        [...panels]
          .filter(([, panel]) => panel.readAt > since)
          .map(([key, { json }]) => [key, json] as const),
      ),
    );

  function catchUp(follower: Follower, since: number) {
    if (readAt > since) follower.send(eventSince(since), readAt);
  }

  return {
    add(follower, since) {
      followers.add(follower);
      catchUp(follower, since);
      plan();
    },
    remove: (follower) => void followers.delete(follower),
    catchUp,
    followers: () => followers,
    changed(changes) {
      for (const change of changes) waiting.add(change);
      plan();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
