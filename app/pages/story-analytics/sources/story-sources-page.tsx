import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { formatCount } from "~/shared/format";
import { PanelView } from "~/ui/panel-view";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { STORY_RANGES } from "../story-ranges";
import { DetailTable } from "./detail-table";
import type { StorySourcesPage as Page } from "./read-story-sources";
import { filterLabel } from "./source-labels";
import { ChannelTable, SourceTable, useFilterLink } from "./source-tables";
import { SourcesFigure } from "./sources-figure";

/** Where a story's views came from, on which devices, and the visits that were not counted. */
export function StorySourcesPage({ range, filter, numbers, spamListRead, details }: SerializeFrom<Page>) {
  const linkTo = useFilterLink();
  const filtered = filterLabel(filter);
  const query = new URLSearchParams(linkTo(filter).slice(1));
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <RangeLinks
          label="Range"
          selected={range.key}
          ranges={STORY_RANGES.map(({ key, label }) => {
            query.set("range", key);
            return { key, label, to: `?${query}` };
          })}
        />
        {filtered !== null && (
          <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
            <span>
              Only <strong className="break-words font-medium">{filtered}</strong>
            </span>
            <Link to={linkTo({})} preventScrollReset className="link">
              Show all sources
            </Link>
          </p>
        )}
      </div>
      <PanelView panel={numbers}>
        {(shown) => (
          <>
            <SourcesFigure numbers={shown} filter={filter} words={range.words} />
            {shown.spam.views > 0 && (
              <p className="figures max-w-[48rem] text-sm">
                Left out here: {formatCount(shown.spam.views, "view")} from{" "}
                {formatCount(shown.spam.sites, "site")} known as referrer spam. They are still in the story’s
                total.
              </p>
            )}
          </>
        )}
      </PanelView>
      {!spamListRead && (
        <p className="text-sm">
          The list of referrer spam could not be read, so nothing is left out. The error has been logged.
        </p>
      )}
      <div className="grid gap-10 lg:grid-cols-[1fr_2fr]">
        <Section title={`Channels ${range.words}`}>
          <PanelView panel={numbers}>{(shown) => <ChannelTable numbers={shown} filter={filter} />}</PanelView>
        </Section>
        <Section title={`Sources ${range.words}`}>
          <PanelView panel={numbers}>{(shown) => <SourceTable numbers={shown} filter={filter} />}</PanelView>
        </Section>
      </div>
      <p className="max-w-[48rem] text-sm text-ink-muted">
        Sources are kept per story, not per chapter: a reader counts once, by how they came to the first of
        its pages that they opened. To tell one link from another, add utm_source, utm_medium and utm_campaign
        (or ref) to its address: it becomes a campaign here, and a newsletter if its medium is “email”.
      </p>
      <div className="grid gap-10 lg:grid-cols-2">
        <Section title={`Devices ${range.words}, all sources`}>
          <PanelView panel={details}>
            {({ device }) => <DetailTable dimension="device" rows={device} />}
          </PanelView>
        </Section>
        <Section title={`Visits not counted ${range.words}, all sources`}>
          <PanelView panel={details}>
            {({ excluded }) => <DetailTable dimension="excluded" rows={excluded} />}
          </PanelView>
        </Section>
      </div>
    </>
  );
}
