import { type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { notFound } from "~/platform/not-found";
import { composeSlug, storyAccountPath } from "~/shared/story-paths";
import { readIncidents } from "~/telemetry/incidents";
import { type PlacedTarget, targetKey } from "~/tracker/view";
import { DAY_MS } from "~/tracker/window";
import { explainWeeks } from "./explain-weeks";
import { whyDifferent } from "./list-differences";
import {
  findStory,
  readHistorySums,
  readInterventions,
  readLastMove,
  readLeftOut,
  readLost,
  readOutageViews,
  readStoryDifferences,
  readStoryImports,
  readWeeks,
} from "./read-story-account";

const OUTAGE_DAYS = 30;

/**
 * Everything that makes up a story's count. A former address leads to the present one. @throws a redirect, a 403, or a 404 where there is
 * no such story.
 */
export async function loadStoryAccount(args: LoaderFunctionArgs) {
  const { db, runtime, now } = await openPage(args, "admin.view");
  const asked = composeSlug(args.params.slug ?? "");
  const story = await findStory(db, asked);
  if (!story) throw notFound("There is no such story.");
  if (story.slug !== asked) throw redirect(storyAccountPath(story.slug));
  const { id, slug } = story;
  const weekAgo = new Date(now.getTime() - 7 * DAY_MS);
  const chapterIds = story.chapters.map((chapter) => chapter.id);
  const targets: PlacedTarget[] = [
    { kind: "story", id, storyId: id },
    ...chapterIds.map((chapter) => ({ kind: "chapter" as const, id: chapter, storyId: id })),
  ];
  const [unsynced, sums, weeks, leftOut, incidents, interventions, lastMove, lost, differences, imports] =
    await Promise.all([
      runtime.redisViews ? runtime.readUnsynced(targets) : new Map<string, number>(),
      readHistorySums(db, id),
      readWeeks(db, id, now),
      readLeftOut(db, id, now),
      readIncidents(db, now.getTime() - OUTAGE_DAYS * DAY_MS, now.getTime(), now.getTime()).then((all) =>
        readOutageViews(db, id, all, now),
      ),
      readInterventions(db, id, [slug, ...story.formerSlugs.map((former) => former.slug)]),
      readLastMove(db, id),
      readLost(db, id, weekAgo),
      readStoryDifferences(db, id, chapterIds),
      readStoryImports(db, id),
    ]);
  const waitingOf = (kind: "story" | "chapter", target: number) =>
    unsynced && (unsynced.get(targetKey({ kind, id: target })) ?? 0);
  const remembered = unsynced && "remembered" in unsynced ? unsynced.remembered : undefined;
  const redisReachable = unsynced !== null && !remembered;
  const recent = incidents.filter(({ to }) => (to ?? now.getTime()) >= weekAgo.getTime());
  const differs = differences.find(({ kind }) => kind === "story");
  return {
    now,
    story: {
      slug,
      title: story.title,
      author: story.author.name,
      published: story.status === "PUBLISHED",
      formerSlugs: story.formerSlugs,
    },
    total: story.readCount,
    waiting: waitingOf("story", id),
    redisReachable,
    rememberedAt: remembered?.at ?? null,
    history: sums,
    imports,
    difference: {
      views: story.readCount - sums.total,
      why:
        story.readCount === sums.total
          ? null
          : whyDifferent({
              readCount: story.readCount,
              history: sums.total,
              foundAt: differs?.foundAt ?? now,
              repairedAt: interventions.repairs[0]?.at ?? null,
              voidedAt: interventions.voided[0]?.at ?? null,
            }),
    },
    weeks: explainWeeks({
      thisWeek: weeks[0],
      weekBefore: weeks[1],
      waiting: waitingOf("story", id),
      redisReachable,
      lost,
      outages: {
        count: recent.length,
        views: recent.reduce((sum, { mine }) => sum + mine.views, 0),
      },
    }),
    lastMove,
    leftOut,
    incidents,
    ...interventions,
    chapters: story.chapters.map(({ id: chapter, number, title, status, readCount }) => {
      const found = differences.find(({ kind, targetId }) => kind === "chapter" && targetId === chapter);
      return {
        number,
        title,
        published: status === "PUBLISHED",
        total: readCount,
        waiting: waitingOf("chapter", chapter),
        /** As last compared; 0 where the two agreed. */
        difference: found ? found.readCount - found.history : 0,
      };
    }),
  };
}
