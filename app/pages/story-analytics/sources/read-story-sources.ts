import type { LoadPanel } from "~/console/open-page";
import type { Panel } from "~/shared/panel";
import type { Series } from "~/shared/series";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { EditorStory } from "../find-editor-story";
import type { StorySources } from "../read-freshness";
import { findFirstHour } from "../read-view-hours";
import { type StoryRange, stepName, storySpan } from "../story-ranges";
import { type Channel, channelOf } from "./channels";
import {
  filterSources,
  groupSources,
  type Source,
  type SourceFilter,
  type SourceGroup,
  sumChannels,
  withChannels,
} from "./group-sources";
import { readSourceSeries } from "./read-source-series";
import { type Detail, readStoryDetails } from "./read-story-details";
import { parseChannel } from "./source-labels";
import { type LeftOut, leaveOutSpam, type SpamList } from "./spam-list";
import { sumViews } from "./sum-views";

/** Sources in the table; the rest is one row. */
const MAX_SOURCES = 50;
/** The longest referrer that a store can hold. */
const MAX_SOURCE = 300;

/** Where the views came from, within the filter of the address. */
export interface SourceNumbers {
  /** Views with the filter, and without it. */
  views: number;
  allViews: number;
  /** Of all views, whatever the filter is. */
  channels: { channel: Channel; views: number }[];
  /** The largest sources that the filter leaves. */
  sources: Source[];
  /** The sources beyond those. */
  rest: { sources: number; views: number };
  groups: Omit<SourceGroup, "sources">[];
  /** The views of each group over time, per hour, day or week. */
  series: Series;
  step: string;
  /** Sites known as referrer spam, which are in none of the above. */
  spam: LeftOut;
}

export interface StorySourcesPage {
  range: StoryRange;
  filter: SourceFilter;
  numbers: Panel<SourceNumbers>;
  /** False if the list of referrer spam could not be read, so that nothing was left out. */
  spamListRead: boolean;
  /** The views by device, and the visits not counted by reason; all sources. */
  details: Panel<Record<"device" | "excluded", Detail[]>>;
}

/** The filter that an address names. A source brings its own channel; a channel that does not exist is none. */
export function parseFilter(search: URLSearchParams): SourceFilter {
  const source = search.get("source")?.slice(0, MAX_SOURCE) || null;
  return { channel: source === null ? parseChannel(search.get("channel")) : channelOf(source), source };
}

/** Where a story's views came from over the range. */
export async function readSources(
  { db, spamList }: Pick<StorySources, "db"> & { spamList: SpamList },
  story: EditorStory,
  { range, filter }: { range: StoryRange; filter: SourceFilter },
  now: Date,
  panel: LoadPanel,
): Promise<StorySourcesPage> {
  const firstAt = (await findFirstHour(db, story.id)) ?? story.publishedAt ?? story.createdAt;
  const span = storySpan(range, now.getTime(), firstAt.getTime());
  const reading = readStoryDetails(db, story.id, span);
  const [details, numbers] = await Promise.all([
    panel(
      "This list",
      reading.then(({ device, excluded }) => ({ device, excluded })),
    ),
    panel(
      "The sources",
      reading.then(({ referrer }) => {
        const { kept, spam } = leaveOutSpam(referrer, spamList.ok ? spamList.hosts : new Set());
        return readNumbers(db, story.id, withChannels(kept), filter, span).then((read) => ({
          ...read,
          spam,
        }));
      }),
    ),
  ]);
  return { range, filter, numbers, spamListRead: spamList.ok, details };
}

async function readNumbers(
  db: PrismaClient,
  storyId: number,
  all: Source[],
  filter: SourceFilter,
  span: ReturnType<typeof storySpan>,
): Promise<Omit<SourceNumbers, "spam">> {
  const chosen = filterSources(all, filter);
  const groups = groupSources(chosen, filter);
  const rest = chosen.slice(MAX_SOURCES);
  return {
    views: sumViews(chosen),
    allViews: sumViews(all),
    channels: sumChannels(all),
    sources: chosen.slice(0, MAX_SOURCES),
    rest: { sources: rest.length, views: sumViews(rest) },
    groups: groups.map(({ sources: _, ...group }) => group),
    series: await readSourceSeries(db, storyId, groups, span),
    step: stepName(span.stepSeconds),
  };
}
