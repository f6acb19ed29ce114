import { csvHead, csvLine } from "~/platform/csv";
import type { StoryNumbers } from "../over-time/read-story-numbers";

type Shown = Pick<StoryNumbers, "series" | "shown" | "span" | "now" | "story">;

/** The bars of the chart as the page shows them: one line each, with the same bar of the period that they are compared with, if any. */
export async function* shownCsv({ series, shown, span }: Shown): AsyncGenerator<string> {
  yield csvHead(["from_utc", "unit", "unfinished", "shown", "views", "earlier_views"]);
  yield series.points
    .map(({ at, values, before, unfinished }) =>
      csvLine([
        new Date(at),
        span.unit,
        unfinished,
        shown.title,
        values?.views ?? null,
        before?.views ?? null,
      ]),
    )
    .join("");
}

/** The same as one JSON document, with the views that wait for the sync: the page's title counts them, its bars do not. */
export async function* shownJson({ series, shown, span, now, story }: Shown): AsyncGenerator<string> {
  const { title, chapter, unsynced } = shown;
  yield `${JSON.stringify(
    {
      story: story.slug,
      shown: title,
      chapter,
      range: span.key,
      zone: span.zone,
      unit: span.unit,
      at: now,
      waitingForTheSync: unsynced,
      comparedWith: span.compared?.words ?? null,
      bars: series.points.map(({ at, values, before, unfinished }) => ({
        from: new Date(at),
        views: values?.views ?? null,
        earlierViews: before?.views ?? null,
        unfinished,
      })),
    },
    null,
    1,
  )}\n`;
}
