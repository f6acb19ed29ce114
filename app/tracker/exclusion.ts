import type { Exclusion } from "./outcome";

/** Everything that decides whether a view may count at all, before any store is involved. */
export interface Visit {
  browser: { named: boolean; robot: boolean };
  /** The browser says that a program drives it (`navigator.webdriver`). */
  automated: boolean;
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  userId: number | null;
  /** The reader, or this browser, asked for none of its views to be counted. */
  optedOut: boolean;
  /** The page is published, and so is its story. */
  published: boolean;
  /** The story's author and editors. */
  staff: readonly number[];
  /** Whether the site honours Global Privacy Control and Do Not Track. */
  honourPrivacySignals: boolean;
}

const PURPOSES = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/**
 * Speculative loads: `Sec-Purpose` (Chromium, Firefox), `Purpose` (older Chromium, Safari), `X-Moz` (older Firefox),
 * `X-Purpose` (older Safari previews).
 */
const isSpeculative = (header: Visit["header"]) =>
  PURPOSES.some((name) => {
    const purpose = header(name);
    return purpose !== undefined && /prefetch|prerender|preview/i.test(purpose);
  });

/** Whether the browser sends a privacy signal: Global Privacy Control or Do Not Track. */
export const hasPrivacySignal = (header: Visit["header"]) =>
  header("sec-gpc") === "1" || header("dnt") === "1";

/** Returns the first reason why this visit does not count, or null when it may. */
export function exclusionOf(visit: Visit): Exclusion | null {
  if (!visit.published) return "unpublished";
  if (isSpeculative(visit.header)) return "prefetch";
  if (!visit.browser.named) return "no-user-agent";
  if (visit.browser.robot) return "robot";
  if (visit.automated) return "automated";
  if (visit.userId !== null && visit.staff.includes(visit.userId)) return "author";
  if (visit.optedOut) return "opted-out";
  if (visit.honourPrivacySignals && hasPrivacySignal(visit.header)) return "privacy-signal";
  return null;
}
