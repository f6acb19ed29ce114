import { formatCount } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import type { StoryNumbers } from "./read-story-numbers";

type StoryViews = Pick<StoryNumbers, "title" | "span" | "series" | "growsFrom"> & {
  shown: Pick<StoryNumbers["shown"], "title" | "unsynced">;
};

/** All paths combined, so in the accent colour rather than a path's. */
const BARS: KeyedStyle<"views">[] = [{ key: "views", label: "Counted views", color: "var(--accent)" }];

/** The views of a story or a chapter by hour, day, week or month, with an earlier period as a line. */
export function StoryViewsFigure({ numbers }: { numbers: StoryViews }) {
  const { title, span, series, growsFrom, shown } = numbers;
  const { unit, compared } = span;
  const why =
    shown.unsynced === null
      ? "The newest views are not in these hours yet. None is lost."
      : `${formatCount(shown.unsynced, "view")} waiting to sync, to be added to these hours.`;
  return (
    <SeriesFigure
      title={title}
      series={series}
      styles={BARS}
      openOnPhones
      drawAs="bars"
      growing={growsFrom === null ? null : { from: growsFrom, why }}
      comparison={compared && { label: compared.words, columns: ["views"] }}
      measure={`${shown.title}: counted views per ${unit}`}
      height={240}
      table={{ caption: title, before: compared?.words }}
    />
  );
}
