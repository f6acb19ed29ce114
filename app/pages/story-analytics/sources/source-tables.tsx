import type { SerializeFrom } from "@remix-run/node";
import { Link, useSearchParams } from "@remix-run/react";
import type { ReactNode } from "react";
import { formatNumber, formatPercent } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import type { SourceFilter } from "./group-sources";
import type { SourceNumbers } from "./read-story-sources";
import { CHANNEL_LABELS, sourceLabel } from "./source-labels";

type Numbers = SerializeFrom<SourceNumbers>;

/** The address of the page with another filter; the range stays. */
export function useFilterLink() {
  const [search] = useSearchParams();
  return ({ channel, source }: Partial<SourceFilter>) => {
    const query = new URLSearchParams(search);
    query.delete("channel");
    query.delete("source");
    if (source) query.set("source", source);
    else if (channel) query.set("channel", channel);
    return `?${query}`;
  };
}

function FilterLink({ to, current, children }: { to: string; current: boolean; children: ReactNode }) {
  return (
    <Link
      to={to}
      preventScrollReset
      aria-current={current ? "true" : undefined}
      className="link break-words aria-[current=true]:font-medium aria-[current=true]:text-ink"
    >
      {children}
    </Link>
  );
}

/** The channels of all views; each limits the page to itself. */
export function ChannelTable({
  numbers: { channels, allViews },
  filter,
}: {
  numbers: Numbers;
  filter: SourceFilter;
}) {
  const linkTo = useFilterLink();
  return (
    <DataTable
      caption="Channel, views"
      rows={channels}
      keyOf={({ channel }) => channel}
      empty="No views in this range."
      columns={[
        {
          head: "Channel",
          names: true,
          cell: ({ channel }) => (
            <FilterLink to={linkTo({ channel })} current={channel === filter.channel}>
              {CHANNEL_LABELS[channel]}
            </FilterLink>
          ),
        },
        { head: "Views", numeric: true, cell: ({ views }) => formatNumber(views) },
        { head: "Share", numeric: true, cell: ({ views }) => formatPercent(views / allViews) },
      ]}
    />
  );
}

/** The largest sources within the filter; each limits the page to itself. */
export function SourceTable({ numbers, filter }: { numbers: Numbers; filter: SourceFilter }) {
  const linkTo = useFilterLink();
  const { sources, rest, views } = numbers;
  const rows: { value: string; channel: string; views: number; name: ReactNode }[] = sources.map(
    (source) => ({
      ...source,
      channel: CHANNEL_LABELS[source.channel],
      name: (
        <FilterLink to={linkTo({ source: source.value })} current={source.value === filter.source}>
          {sourceLabel(source.value)}
        </FilterLink>
      ),
    }),
  );
  if (rest.sources > 0)
    rows.push({ value: "…", channel: "", views: rest.views, name: `${formatNumber(rest.sources)} more` });
  return (
    <DataTable
      caption="Source, views"
      rows={rows}
      keyOf={({ value }) => value}
      empty="No views from here in this range. Select a longer one, or show all sources."
      columns={[
        { head: "Source", names: true, cell: ({ name }) => name },
        { head: "Channel", wideOnly: true, cell: ({ channel }) => channel },
        { head: "Views", numeric: true, cell: (row) => formatNumber(row.views) },
        { head: "Share", numeric: true, cell: (row) => formatPercent(row.views / views) },
      ]}
    />
  );
}
