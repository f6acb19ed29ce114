import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { PanelBoundary } from "~/ui/panel-boundary";
import { CountedUpTo } from "../counted-up-to";
import type { EditorStories } from "./list-editor-stories";
import { isFiltered, type ListSelection, listSearch } from "./list-selection";
import { StorySearch } from "./story-search";
import { StoryTable } from "./story-table";

/** An editor's home: all their stories, and how they did in the last week. */
export function EditorStoriesPage(page: SerializeFrom<EditorStories>) {
  const { stories, all, tags, matching, pages, selection, now, ...freshness } = page;
  const filtered = isFiltered(selection);
  const lastWeek = formatCount(all.lastWeek, "time");
  return (
    <main className="mx-auto flex max-w-console flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <h1 className="figures text-xl font-semibold sm:text-2xl">
          {all.stories === 0
            ? "You have no stories yet"
            : `Your ${all.stories === 1 ? "story was" : `${formatNumber(all.stories)} stories were`} viewed ${lastWeek} in the last 7 days`}
        </h1>
        {all.stories > 0 && (
          <PanelBoundary>
            <CountedUpTo
              counted={all.counted}
              unsynced={all.unsynced}
              redisReachable={freshness.redisReachable}
              rememberedAt={freshness.rememberedAt}
              pause={freshness.pause}
              asOf={freshness.asOf}
              now={now}
            />
          </PanelBoundary>
        )}
      </div>
      {all.stories > 0 && <StorySearch selection={selection} tags={tags} />}
      <div className="flex flex-col gap-3">
        {filtered && (
          <p className="figures text-sm" role="status">
            {matching === 1 ? "1 story matches." : `${formatNumber(matching)} stories match.`}
          </p>
        )}
        <PanelBoundary>
          <StoryTable stories={stories} selection={selection} now={now} empty={whyEmpty(page)} />
        </PanelBoundary>
        <Pages selection={selection} pages={pages} />
        {all.stories > 0 && <Files selection={selection} filtered={filtered} />}
      </div>
      {all.stories > 0 && (
        <p className="max-w-[48rem] text-xs text-ink-muted">
          A reader who returns after the dedupe window is counted again; robots, your own visits and drafts
          are not counted. The last 7 days are the last 168 hours, compared with the 168 hours before, so that
          weekdays match. Each bar is a UTC day; today’s is paler because it is not over. The next publication
          is the nearest date that a draft has; Tidemark shows it and publishes nothing by itself.
        </p>
      )}
    </main>
  );
}

function whyEmpty({ all, selection }: SerializeFrom<EditorStories>) {
  if (all.stories === 0) return "Stories that you write or edit will appear here with their views.";
  if (selection.page > 1) return "The list has no such page; the first one has its start.";
  return "No story has these words in its title, genre or tags.";
}

/** The list as files: what is shown, on all pages, and every story. */
function Files({ selection, filtered }: { selection: ListSelection; filtered: boolean }) {
  const files = [
    ...(filtered ? [{ query: listSearch({ ...selection, page: 1 }), what: "Matching stories" }] : []),
    { query: listSearch({ ...selection, text: "", tag: "", page: 1 }), what: "All stories" },
  ];
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {files.flatMap(({ query, what }) =>
        ["csv", "json"].map((type) => (
          <a key={what + type} href={`/editor/stories.${type}${query}`} className="link" download>
            {what} ({type.toUpperCase()})
          </a>
        )),
      )}
    </p>
  );
}

/** The way to the pages before and after this one, where the list has several. */
function Pages({ selection, pages }: { selection: ListSelection; pages: number }) {
  const { page } = selection;
  if (pages <= 1 && page === 1) return null;
  const to = (number: number) => listSearch({ ...selection, page: number }) || "?";
  return (
    <nav aria-label="Pages of the list" className="no-print flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {page > 1 && (
        <Link to={to(Math.min(page - 1, Math.max(pages, 1)))} className="link">
          Previous
        </Link>
      )}
      <span className="figures text-ink-muted">
        Page {formatNumber(page)} of {formatNumber(pages)}
      </span>
      {page < pages && (
        <Link to={to(page + 1)} className="link">
          Next
        </Link>
      )}
    </nav>
  );
}
