import { Form, Link, useLoaderData } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { storyAccountPath } from "~/shared/story-paths";
import { TextField } from "~/ui/forms/fields";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { loadStoriesPage } from "./load-stories-page";
import { signed } from "./signed";

/** Finds a story, and lists those whose total differs from their history. */
export function StoriesPage() {
  const { now, text, page, found, differences } = useLoaderData<typeof loadStoriesPage>();
  return (
    <main className="mx-auto flex max-w-console flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <h1 className="text-xl font-semibold sm:text-2xl">Stories</h1>
        <p className="max-w-[48rem] text-sm text-ink-muted">
          What makes up a story’s count: what is synced, what is waiting, what was left out, retracted or
          voided, and why it is lower than before.
        </p>
      </div>
      <div className="flex flex-col gap-4">
        <Form key={text} method="get" role="search" className="flex flex-wrap items-end gap-x-4 gap-y-3">
          <TextField
            label="Words of the title or address"
            name="q"
            value={text}
            type="search"
            maxLength={200}
          />
          <button type="submit" className="button button-quiet min-h-11">
            Search
          </button>
        </Form>
        <PanelView panel={found}>
          {({ stories, more }) => (
            <div className="flex flex-col gap-3">
              <DataTable
                caption="Stories"
                rows={stories}
                keyOf={(row) => row.slug}
                empty={
                  text === ""
                    ? "There are no stories yet."
                    : `No story has these words in its title or address: ${text}`
                }
                columns={[
                  {
                    head: "Story",
                    names: true,
                    cell: (row) => (
                      <>
                        <Link to={storyAccountPath(row.slug)} className="link font-medium">
                          {row.title}
                        </Link>
                        <span className="block text-xs break-all text-ink-muted">
                          {row.slug}
                          {!row.published && ", draft"}
                        </span>
                      </>
                    ),
                  },
                  { head: "Author", wideOnly: true, cell: (row) => row.author },
                  {
                    head: "Chapters",
                    numeric: true,
                    wideOnly: true,
                    cell: (row) => formatNumber(row.chapters),
                  },
                  { head: "Total", numeric: true, cell: (row) => formatNumber(row.readCount) },
                ]}
              />
              <p className="flex gap-4 text-sm">
                {page > 1 && (
                  <Link to={addressOf(text, page - 1)} className="link">
                    Previous page
                  </Link>
                )}
                {more && (
                  <Link to={addressOf(text, page + 1)} className="link">
                    Next page
                  </Link>
                )}
              </p>
            </div>
          )}
        </PanelView>
      </div>
      <Section title="Totals that differ from their history">
        <PanelView panel={differences}>
          {({ rows, more, comparedAt }) => (
            <div className="flex flex-col gap-3">
              <p className="max-w-[48rem] text-sm text-ink-muted">
                Each total is compared with the sum of its hourly history, a little at every sync.{" "}
                {comparedAt ? (
                  <>
                    All were last compared by <UtcTime at={comparedAt} now={now} />.
                  </>
                ) : (
                  "The first round is not complete yet."
                )}
                {more &&
                  ` The largest ${formatCount(rows.length, "difference")} are shown; the file has all.`}
              </p>
              <DataTable
                caption="Totals that differ from their history"
                rows={rows}
                keyOf={(row) => `${row.kind} ${row.id}`}
                empty="None: every total equals the sum of its history."
                columns={[
                  {
                    head: "Story",
                    names: true,
                    cell: (row) => (
                      <>
                        <Link to={storyAccountPath(row.slug)} className="link font-medium">
                          {row.title}
                        </Link>
                        {row.chapter !== null && `, chapter ${row.chapter}`}
                      </>
                    ),
                  },
                  {
                    head: "Total",
                    numeric: true,
                    wideOnly: true,
                    cell: (row) => formatNumber(row.readCount),
                  },
                  {
                    head: "History",
                    numeric: true,
                    wideOnly: true,
                    cell: (row) => formatNumber(row.history),
                  },
                  { head: "Difference", numeric: true, cell: (row) => signed(row.readCount - row.history) },
                  { head: "Found", wideOnly: true, cell: (row) => <UtcTime at={row.foundAt} now={now} /> },
                  { head: "Why", cell: (row) => row.why },
                ]}
              />
              {rows.length > 0 && (
                <p className="text-xs">
                  <a href="/admin/stories.csv" className="link" download>
                    All differences (CSV)
                  </a>
                </p>
              )}
            </div>
          )}
        </PanelView>
      </Section>
    </main>
  );
}

const addressOf = (text: string, page: number) =>
  `?${new URLSearchParams({ ...(text && { q: text }), page: String(page) })}`;
