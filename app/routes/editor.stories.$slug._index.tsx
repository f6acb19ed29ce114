import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { storyPath } from "~/pages/reading/paths";
import { ChapterNumbersTable } from "~/pages/story-analytics/chapter-numbers-table";
import { ChapterPicker } from "~/pages/story-analytics/chapter-picker";
import { CountedUpTo } from "~/pages/story-analytics/counted-up-to";
import { DetailTable } from "~/pages/story-analytics/detail-table";
import { readStoryNumbers } from "~/pages/story-analytics/read-story-numbers";
import { STORY_RANGES, storyRange } from "~/pages/story-analytics/story-ranges";
import { storyNumbersPath } from "~/pages/story-analytics/story-table";
import { StoryViewsFigure } from "~/pages/story-analytics/story-views-figure";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";

export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "editor.view");
  const { db, readUnsynced, redisViews } = context.runtime;
  const search = new URL(request.url).searchParams;
  const choice = { range: storyRange(search.get("range")), chapter: Number(search.get("chapter")) || null };
  const sources = { db, readUnsynced, redisEnabled: redisViews !== null };
  const numbers = await readStoryNumbers(sources, user.id, params.slug ?? "", choice, new Date());
  // Somebody else's story is as if there were none: its slug may be a secret still.
  if (!numbers) throw new Response("You have no such story.", { status: 404, statusText: "Not Found" });
  return numbers;
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.story.title}: numbers · Tidemark` : "Your stories · Tidemark" },
  { name: "robots", content: "noindex" },
];

export default function StoryNumbersPage() {
  const numbers = useLoaderData<typeof loader>();
  const { story, shown, range, now, details } = numbers;
  const address = storyNumbersPath(story.slug);
  const chapterQuery = shown.chapter === null ? "" : `&chapter=${shown.chapter}`;
  return (
    <main className="mx-auto flex max-w-console flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <p className="text-sm">
          <Link to="/editor" className="link">
            Your stories
          </Link>
        </p>
        <h1 className="text-xl font-semibold sm:text-2xl">{story.title}</h1>
        <CountedUpTo {...shown} asOf={numbers.asOf} now={now} />
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
          <Link to={storyPath(story.slug)} className="link">
            {story.published ? "Read it" : "Read the draft"}
          </Link>
          <a href={`${address}/views.csv`} className="link" download>
            All hours as CSV
          </a>
          <a href={`${address}/views.json`} className="link" download>
            All hours as JSON
          </a>
        </p>
      </div>

      <section aria-label="Views over time" className="flex flex-col gap-6">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <RangeLinks
            label="Range"
            chosen={range.key}
            ranges={STORY_RANGES.map(({ key, label }) => ({
              key,
              label,
              to: `?range=${key}${chapterQuery}`,
            }))}
          />
          <ChapterPicker chapters={numbers.chapters} chosen={shown.chapter} range={range.key} />
        </div>
        <StoryViewsFigure numbers={numbers} />
      </section>

      <Section title="How far readers come">
        <ChapterNumbersTable numbers={numbers} />
        <p className="max-w-[48rem] text-xs text-ink-muted">
          Shares are of the reads of chapter 1, and of the chapter before, over all time and with what waits.
          They are of reads, not of people: a reader who comes back to a chapter after the dedupe window
          counts again.
        </p>
      </Section>

      <div className="grid gap-10 lg:grid-cols-3">
        <Section title={`Where readers came from ${range.words}`}>
          <DetailTable dimension="referrer" rows={details.referrer} />
        </Section>
        <Section title={`What they read on ${range.words}`}>
          <DetailTable dimension="device" rows={details.device} />
        </Section>
        <Section title={`Visits that were not counted ${range.words}`}>
          <DetailTable dimension="excluded" rows={details.excluded} />
        </Section>
      </div>
    </main>
  );
}
