import type { SerializeFrom } from "@remix-run/node";
import { Link, NavLink, useSearchParams } from "@remix-run/react";
import type { ReactNode } from "react";
import { formatCount } from "~/shared/format";
import { storyAnalyticsPath, storyPath } from "~/shared/story-paths";
import { PanelBoundary } from "~/ui/panel-boundary";
import { UtcTime } from "~/ui/time/utc-time";
import { CountedUpTo } from "./counted-up-to";
import type { StoryFrame as Frame } from "./read-story-frame";

/** The pages of a story's analytics, below its path. */
const PAGES = [
  { path: "", label: "Views over time" },
  { path: "/readers", label: "Readers" },
  { path: "/sources", label: "Sources" },
  { path: "/share", label: "Tags and sharing" },
] as const;

/** The story's title, how fresh its numbers are, and the way to each page of its analytics. The range goes along. */
export function StoryFrame({ frame, children }: { frame: SerializeFrom<Frame>; children: ReactNode }) {
  const { story, counted, unsynced, redisReachable, rememberedAt, pause, asOf, now, voided } = frame;
  const [search] = useSearchParams();
  const query = search.size > 0 ? `?${search}` : "";
  return (
    <main className="mx-auto flex max-w-console flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
          <Link to="/editor" className="link">
            Your stories
          </Link>
          <Link to={storyPath(story.slug)} className="link">
            {story.published ? "Read the story" : "Read the draft"}
          </Link>
        </p>
        <h1 className="text-xl font-semibold sm:text-2xl">{story.title}</h1>
        <PanelBoundary>
          <CountedUpTo
            counted={counted}
            unsynced={unsynced}
            redisReachable={redisReachable}
            rememberedAt={rememberedAt}
            pause={pause}
            asOf={asOf}
            now={now}
          />
          {voided.map((row) => (
            <p key={row.id} className="figures max-w-[48rem] text-sm">
              An operator left out {formatCount(row.views, "view")} of this story, from{" "}
              <UtcTime at={row.fromHour} now={now} /> to <UtcTime at={row.toHour} now={now} />: {row.reason}
            </p>
          ))}
        </PanelBoundary>
      </div>
      <nav aria-label="Analytics" className="no-print -mt-2 border-line border-b">
        <ul className="flex flex-wrap gap-x-6 text-sm">
          {PAGES.map(({ path, label }) => (
            <li key={path}>
              <NavLink
                to={storyAnalyticsPath(story.slug) + path + query}
                end
                className="-mb-px inline-flex h-10 items-center border-transparent border-b-2 text-ink-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
              >
                {label}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </main>
  );
}
