import type { SerializeFrom } from "@remix-run/node";
import { formatCount } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { SeriesStyle } from "~/ui/charts/series-style";
import type { Channel } from "./channels";
import type { SourceFilter } from "./group-sources";
import type { SourceNumbers } from "./read-story-sources";
import { filterLabel } from "./source-labels";

type Look = Pick<SeriesStyle, "color" | "texture">;

/** Three colours and three textures: no two channels share both. */
const CHANNEL_LOOKS: Record<Channel, Look> = {
  search: { color: "var(--accent)", texture: "solid" },
  social: { color: "var(--path-journal)", texture: "hatched" },
  newsletter: { color: "var(--accent)", texture: "hatched" },
  campaign: { color: "var(--path-journal)", texture: "solid" },
  sites: { color: "var(--accent)", texture: "dotted" },
  direct: { color: "var(--ink-muted)", texture: "hatched" },
  internal: { color: "var(--ink-muted)", texture: "dotted" },
};

/** Of sources within a channel, largest first. */
const SOURCE_LOOKS: Look[] = [
  { color: "var(--accent)", texture: "solid" },
  { color: "var(--path-journal)", texture: "hatched" },
  { color: "var(--accent)", texture: "hatched" },
  { color: "var(--path-journal)", texture: "solid" },
  { color: "var(--accent)", texture: "dotted" },
];
/** Of the other sources together. */
const REST_LOOK: Look = { color: "var(--ink-muted)", texture: "hatched" };

/** The views by channel over time; with a filter, by the sources that it leaves. */
export function SourcesFigure({
  numbers,
  filter,
  words,
}: {
  numbers: SerializeFrom<SourceNumbers>;
  filter: SourceFilter;
  words: string;
}) {
  const { groups, series, step, views } = numbers;
  const from = filterLabel(filter);
  const title = `${from === null ? "" : `${from}: `}${formatCount(views, "view")} ${words}`;
  return (
    <SeriesFigure
      title={title}
      series={series}
      styles={groups.map(({ key, label, views: total }, place) => ({
        key,
        label,
        total,
        ...(lookUp(CHANNEL_LOOKS, key) ?? SOURCE_LOOKS[place] ?? REST_LOOK),
      }))}
      openOnPhones
      drawAs="bars"
      measure={`Counted views per UTC ${step}`}
      height={240}
      table={{ caption: title }}
    />
  );
}
