import type { SerializeFrom } from "@remix-run/node";
import { PanelView } from "~/ui/panel-view";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { STORY_RANGES } from "../story-ranges";
import { DetailTable } from "./detail-table";
import type { StorySourcesPage as Page } from "./read-story-sources";

/** Where a story's views came from, on which devices, and the visits that were not counted. */
export function StorySourcesPage({ range, details }: SerializeFrom<Page>) {
  return (
    <>
      <RangeLinks
        label="Range"
        selected={range.key}
        ranges={STORY_RANGES.map(({ key, label }) => ({ key, label, to: `?range=${key}` }))}
      />
      <div className="grid gap-10 lg:grid-cols-3">
        <Section title={`Referrers ${range.words}`}>
          <PanelView panel={details}>
            {({ referrer }) => <DetailTable dimension="referrer" rows={referrer} />}
          </PanelView>
        </Section>
        <Section title={`Devices ${range.words}`}>
          <PanelView panel={details}>
            {({ device }) => <DetailTable dimension="device" rows={device} />}
          </PanelView>
        </Section>
        <Section title={`Visits not counted ${range.words}`}>
          <PanelView panel={details}>
            {({ excluded }) => <DetailTable dimension="excluded" rows={excluded} />}
          </PanelView>
        </Section>
      </div>
    </>
  );
}
