import { withTimeout } from "~/tracker/timeout";
import { sharedReading } from "./shared-reading";

/** What was last read from a server that may stop answering. */
export interface LastReading<T> {
  /** Null when nothing was read since this process started. */
  data: T | null;
  /** When it was read. */
  readAt: Date | null;
  /** Why there is nothing newer; null when this was read just now. */
  why: string | null;
}

export interface LastReadingOptions {
  /** The server may take this long, ms. */
  timeoutMs: number;
  /** Those who ask within this time, ms, share one reading. */
  sharedMs?: number;
  onError?(error: Error): void;
  now?(): Date;
}

/**
 * Makes a reader that never rejects, answers within its deadline, and remembers what it read: while the server does not answer, it
 * returns that with its time and the reason.
 */
export function keepLastReading<T>(
  read: () => Promise<T>,
  { timeoutMs, sharedMs = 1000, onError = () => {}, now = () => new Date() }: LastReadingOptions,
): () => Promise<LastReading<T>> {
  let last: { data: T; readAt: Date } | null = null;
  return sharedReading(sharedMs, async () => {
    // An answer that comes after the deadline is the next reader's last one.
    const reading = read().then((data) => {
      last = { data, readAt: now() };
      return last;
    });
    try {
      return { ...(await withTimeout(timeoutMs, reading)), why: null };
    } catch (error) {
      onError(error as Error);
      return { data: last?.data ?? null, readAt: last?.readAt ?? null, why: (error as Error).message };
    }
  });
}
