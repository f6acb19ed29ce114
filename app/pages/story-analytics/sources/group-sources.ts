import { type Channel, channelOf } from "./channels";
import type { Detail } from "./read-story-details";
import { CHANNEL_LABELS, CHANNELS, sourceLabel } from "./source-labels";
import { sumViews } from "./sum-views";

/** Sources of a channel that a chart shows by themselves; the others are added up. */
const DRAWN = 5;

/** What a page is limited to: a channel, or one source of it. */
export interface SourceFilter {
  channel: Channel | null;
  source: string | null;
}

export interface Source extends Detail {
  channel: Channel;
}

/** Some sources that a chart draws as one. */
export interface SourceGroup {
  key: string;
  label: string;
  views: number;
  sources: string[];
}

/** Stored referrers with their channels. */
export const withChannels = (referrers: Detail[]): Source[] =>
  referrers.map((referrer) => ({ ...referrer, channel: channelOf(referrer.value) }));

/** The sources that a filter leaves. */
export const filterSources = (sources: Source[], { channel, source }: SourceFilter) =>
  sources.filter(
    (each) => (source === null || each.value === source) && (channel === null || each.channel === channel),
  );

/** The views of each channel that has any, largest first. */
export function sumChannels(sources: Source[]): { channel: Channel; views: number }[] {
  const sums = new Map<Channel, number>();
  for (const { channel, views } of sources) sums.set(channel, (sums.get(channel) ?? 0) + views);
  return CHANNELS.flatMap((channel) => {
    const views = sums.get(channel);
    return views ? [{ channel, views }] : [];
  }).sort((a, b) => b.views - a.views);
}

/**
 * The groups that the chart draws: the channels, or within a channel its largest sources and the rest. `sources` are those that the
 * filter leaves, largest first. Every source is in one group, and every group has views.
 */
export function groupSources(sources: Source[], filter: SourceFilter): SourceGroup[] {
  const group = (key: string, label: string, some: Source[]): SourceGroup[] =>
    some.length === 0 ? [] : [{ key, label, views: sumViews(some), sources: some.map(({ value }) => value) }];
  if (filter.channel === null && filter.source === null)
    return CHANNELS.flatMap((channel) =>
      group(
        channel,
        CHANNEL_LABELS[channel],
        sources.filter((source) => source.channel === channel),
      ),
    );
  const rest = sources.slice(DRAWN);
  return [
    ...sources
      .slice(0, DRAWN)
      .flatMap((source, place) => group(`source${place}`, sourceLabel(source.value), [source])),
    ...group("rest", `${rest.length} more`, rest),
  ];
}
