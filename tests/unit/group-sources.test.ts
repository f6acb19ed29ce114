import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Channel, channelOf } from "../../app/pages/story-analytics/sources/channels";
import {
  filterSources,
  groupSources,
  sumChannels,
  withChannels,
} from "../../app/pages/story-analytics/sources/group-sources";
import { CHANNELS } from "../../app/pages/story-analytics/sources/source-labels";

const ALL = { channel: null, source: null };

/** A small story, added up by hand. */
const story = withChannels([
  { value: "direct", views: 40 },
  { value: "www.google.com", views: 20 },
  { value: "campaign:tidings/email/issue-7", views: 12 },
  { value: "www.reddit.com", views: 9 },
  { value: "duckduckgo.com", views: 6 },
  { value: "this site", views: 5 },
  { value: "mail.google.com", views: 4 },
  { value: "campaign:friends//", views: 3 },
  { value: "forum.example", views: 2 },
  { value: "other", views: 1 },
]);

describe("a small story", () => {
  it("has these views per channel", () => {
    expect(sumChannels(story)).toEqual([
      { channel: "direct", views: 40 },
      { channel: "search", views: 26 },
      { channel: "newsletter", views: 16 },
      { channel: "social", views: 9 },
      { channel: "internal", views: 5 },
      { channel: "campaign", views: 3 },
      { channel: "sites", views: 3 },
    ]);
  });

  it("is drawn by channel, and a channel by its sources", () => {
    expect(groupSources(story, ALL).map(({ key, views }) => `${key} ${views}`)).toEqual([
      "search 26",
      "social 9",
      "newsletter 16",
      "campaign 3",
      "sites 3",
      "direct 40",
      "internal 5",
    ]);
    const filter = { channel: "newsletter" as const, source: null };
    expect(groupSources(filterSources(story, filter), filter)).toEqual([
      {
        key: "source0",
        label: "issue-7 (tidings, email)",
        views: 12,
        sources: ["campaign:tidings/email/issue-7"],
      },
      { key: "source1", label: "mail.google.com", views: 4, sources: ["mail.google.com"] },
    ]);
  });

  it("draws the five largest sources of a channel by themselves, and the others as one", () => {
    const many = withChannels(
      [9, 8, 7, 6, 5, 4, 3].map((views, n) => ({ value: `site${n}.example`, views })),
    );
    const filter = { channel: "sites" as const, source: null };
    expect(groupSources(many, filter).map(({ label, views }) => `${label} ${views}`)).toEqual([
      "site0.example 9",
      "site1.example 8",
      "site2.example 7",
      "site3.example 6",
      "site4.example 5",
      "2 more 7",
    ]);
  });
});

const values = fc.constantFrom(
  "direct",
  "this site",
  "other",
  "www.google.com",
  "bing.com",
  "t.co",
  "www.reddit.com",
  "mail.google.com",
  "campaign:a/email/b",
  "campaign:a/cpc/b",
  "campaign:c//",
  ...Array.from({ length: 8 }, (_, n) => `site${n}.example`),
);
const referrers = fc
  .uniqueArray(fc.record({ value: values, views: fc.integer({ min: 1, max: 1000 }) }), {
    selector: (row) => row.value,
  })
  .map((rows) => rows.sort((a, b) => b.views - a.views));
const filters = fc.oneof(
  fc.constant(ALL),
  fc.constantFrom(...CHANNELS).map((channel) => ({ channel, source: null })),
  values.map((source) => ({ channel: channelOf(source), source })),
);

it("loses no view and counts none twice, whatever the filter", () => {
  fc.assert(
    fc.property(referrers, filters, (rows, filter) => {
      // Naively: one view after the other.
      let expected = 0;
      const byChannel: Partial<Record<Channel, number>> = {};
      for (const { value, views } of rows)
        for (let view = 0; view < views; view += 1) {
          const channel = channelOf(value);
          byChannel[channel] = (byChannel[channel] ?? 0) + 1;
          if (
            filter.source !== null
              ? value === filter.source
              : filter.channel === null || filter.channel === channel
          )
            expected += 1;
        }
      const all = withChannels(rows);
      const groups = groupSources(filterSources(all, filter), filter);
      expect(groups.reduce((sum, { views }) => sum + views, 0)).toBe(expected);
      const drawn = groups.flatMap(({ sources }) => sources);
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(groups.every(({ views }) => views > 0)).toBe(true);
      expect(Object.fromEntries(sumChannels(all).map(({ channel, views }) => [channel, views]))).toEqual(
        byChannel,
      );
    }),
  );
});
