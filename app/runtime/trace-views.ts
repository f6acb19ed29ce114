import type { CountView } from "~/ingest/view-request";
import type { Tracing } from "~/platform/tracing/tracing";
import type { ViewStore } from "~/tracker/ports";
import type { Tracker } from "~/tracker/record";
import type { View } from "~/tracker/view";

/** Wraps the way of a view in spans, from its request to the stores. */
export interface TracedViews {
  countView(countView: CountView): CountView;
  tracker(tracker: Tracker): Tracker;
  store(name: string, store: ViewStore): ViewStore;
}

/**
 * Creates the wrappers. Views that arrive together are one call of a store: its span belongs to the first sampled view of the batch, and
 * links to the others. Without tracing nothing is wrapped.
 */
export function traceViews(tracing: Tracing | null): TracedViews {
  if (!tracing) return { countView: (same) => same, tracker: (same) => same, store: (_, same) => same };
  /** The span in which each sampled view waits. */
  const waiting = new WeakMap<View, string>();
  return {
    countView: (countView) => (request) =>
      tracing.span("view", () => countView(request), {
        facts: { "tidemark.page": request.chapter === undefined ? "story" : "chapter" },
      }),
    tracker: (tracker) => ({
      ...tracker,
      record(view) {
        if (tracing.current() === undefined) return tracker.record(view);
        return tracing.span("record", () => {
          const current = tracing.current();
          if (current) waiting.set(view, current);
          return tracker.record(view);
        });
      },
    }),
    store: (name, store) => ({
      record(views) {
        const [parent, ...links] = views.flatMap((view) => waiting.get(view) ?? []);
        // The batch may be sent by whatever a sampled view of an earlier one set off.
        if (parent === undefined) return tracing.apart(() => store.record(views));
        return tracing.span(`record in ${name}`, () => store.record(views), {
          parent,
          links,
          facts: { "tidemark.views": views.length },
        });
      },
    }),
  };
}
