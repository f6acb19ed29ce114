import { csvHead, csvLine } from "~/platform/csv";
import type { StoryNumbers } from "../over-time/read-story-numbers";

type Shown = Pick<StoryNumbers, "series" | "shown" | "range" | "now"> & { story: { slug: string } };

/** The bars of the chart as the page shows them: one line each. A cell is empty where nothing is known, which is not 0. */
export async function* shownCsv({ series, shown }: Shown): AsyncGenerator<string> {
  yield csvHead(["from_utc", "seconds", "unfinished", "shown", "views"]);
  yield series.points
    .map(({ at, values, unfinished }) =>
      csvLine([new Date(at), series.stepSeconds, unfinished, shown.title, values?.views ?? null]),
    )
    .join("");
}

/** The same as one JSON document, with the views that wait for the sync: the page's title counts them, its bars do not. */
export async function* shownJson({ series, shown, range, now, story }: Shown): AsyncGenerator<string> {
  const { title, chapter, unsynced } = shown;
  yield `${JSON.stringify(
    {
      story: story.slug,
      shown: title,
      chapter,
      range: range.key,
      at: now,
      waitingForTheSync: unsynced,
      seconds: series.stepSeconds,
      bars: series.points.map(({ at, values, unfinished }) => ({
        from: new Date(at),
        views: values?.views ?? null,
        unfinished,
      })),
    },
    null,
    1,
  )}\n`;
}
