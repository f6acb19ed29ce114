import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { CountedUpTo } from "~/pages/story-analytics/counted-up-to";
import { listEditorStories } from "~/pages/story-analytics/list-editor-stories";
import { StoryTable } from "~/pages/story-analytics/story-table";
import { formatCount } from "~/shared/format";

export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "editor.view");
  const { db, readUnsynced, redisViews } = context.runtime;
  return listEditorStories({ db, readUnsynced, redisEnabled: redisViews !== null }, user.id, new Date());
}

export default function EditorStories() {
  const { stories, now, asOf } = useLoaderData<typeof loader>();
  const counted = stories.reduce((sum, story) => sum + story.counted, 0);
  const known = stories.every((story) => story.waiting !== null);
  const waiting = known ? stories.reduce((sum, story) => sum + (story.waiting ?? 0), 0) : null;
  const lastWeek = stories.reduce((sum, story) => sum + story.lastWeek, 0);
  return (
    <main className="mx-auto flex max-w-console flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <h1 className="figures text-xl font-semibold sm:text-2xl">
          {stories.length === 0
            ? "You have no stories yet"
            : `Your ${stories.length === 1 ? "story was" : `${stories.length} stories were`} viewed ${formatCount(lastWeek, "time")} in the last 7 days`}
        </h1>
        {stories.length > 0 && <CountedUpTo counted={counted} waiting={waiting} asOf={asOf} now={now} />}
      </div>
      <StoryTable stories={stories} />
      {stories.length > 0 && (
        <p className="max-w-[48rem] text-xs text-ink-muted">
          Counted views: a reader who comes back after the dedupe window counts again; robots, your own visits
          and drafts never do. The last 7 days are the last 168 hours, compared with the 168 before them: the
          same weekdays. Bars are UTC days, today last and pale.
        </p>
      )}
    </main>
  );
}
