import { describeBrowser } from "../../app/ingest/visitor";
import { exclusionOf } from "../../app/tracker/exclusion";
import { leaveOut, sortCounts, type Tally } from "./report";
import type { Destination } from "./send-views";

/**
 * Judges views by the rules for live ones, and sends none. Repeats are not told from first views: that depends on what the site has
 * counted. Nor are privacy signals, which a site may honour or not.
 */
export function dryRun(tally: Tally, onSent: () => void): Destination {
  const sent = new Map<string, number>();
  return {
    async offer(views) {
      for (const { view, number } of views) {
        const reason = exclusionOf({
          published: true,
          automated: false,
          optedOut: false,
          browser: describeBrowser(view.agent?.slice(0, 512)),
          header: (name) => (Object.hasOwn(view.headers, name) ? view.headers[name] : undefined),
          userId: null,
          staff: [],
          honourPrivacySignals: false,
        });
        onSent();
        if (reason) leaveOut(tally.report, reason);
        else {
          sent.set(view.path, (sent.get(view.path) ?? 0) + 1);
          if (!tally.paths.has(view.path)) tally.paths.set(view.path, { firstReader: number, reported: 0 });
        }
      }
    },
    async finish() {
      sortCounts(
        tally,
        [...sent].map(([path, count]) => ({ path, count })),
      );
    },
  };
}
