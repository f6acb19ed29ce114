import { z } from "zod";
import { defineAction, type Operator } from "~/console/action";
import { hourField, idField, wholeNumberField } from "~/console/fields";
import { writeAudit } from "~/platform/audit";
import { done, Refusal, refused } from "~/shared/action-result";
import { formatCount, formatTime } from "~/shared/format";
import { hourOf } from "~/tracker/window";
import type { PrismaClient } from "../../../../prisma/client/client";
import {
  countOpenRows,
  type HourSpan,
  isJournalWaiting,
  lockTotals,
  putBack,
  readSpan,
  type SpanViews,
  takeOut,
} from "../voided-views";

/** The fields that name the views: shared by the form of the dry run and the action. */
export const SPAN_FIELDS = z.object({
  story: z.string("Name a story.").trim().min(1, "Name a story."),
  from: hourField("Choose the hour to start from, as a full hour in UTC."),
  to: hourField("Choose the hour to end before, as a full hour in UTC."),
});

/** Why views cannot be voided now, in a sentence; null if they can. */
type Obstacle = string | null;

/** What voiding a span would do. */
export interface VoidPlan {
  slug: string;
  title: string;
  from: Date;
  to: Date;
  rows: { kind: SpanViews["kind"]; id: number; title: string; views: number; readCount: number }[];
  /** Views of the story and of its chapters together. */
  views: number;
  obstacle: Obstacle;
}

type Sources = Pick<Operator["runtime"], "db" | "redisViews" | "env">;

/** Plans a void, and changes nothing. Null if there is no such story. */
export async function planVoid(
  { db, redisViews, env }: Sources,
  { story: slug, from, to }: z.output<typeof SPAN_FIELDS>,
  now: Date,
): Promise<VoidPlan | null> {
  const story = await findStory(db, slug);
  if (!story) return null;
  const span = { storyId: story.id, from, to };
  const [spans, obstacle] = await Promise.all([
    readSpan(db, span),
    findObstacle({ db, redisViews, env }, story, span, now),
  ]);
  const rows = spans.map(({ kind, id, views }) => {
    const chapter = kind === "chapter" ? story.chapters.find((one) => one.id === id) : undefined;
    return {
      kind,
      id,
      views,
      title: chapter ? `${chapter.number}. ${chapter.title}` : story.title,
      readCount: Number((chapter ?? story).readCount),
    };
  });
  return { slug, title: story.title, from, to, rows, views: sumOf(spans), obstacle };
}

/**
 * Takes a story's views between two hours out of its counts and its history: those that someone made up, for example. Refuses while some
 * of them are on their way to Postgres or may still be taken back by reconcile, so that nothing is taken out twice.
 */
export const voidViews = defineAction({
  permission: "story.void",
  reason: "required",
  schema: SPAN_FIELDS.extend({
    views: wholeNumberField("Look at the views again.", 1, Number.MAX_SAFE_INTEGER),
  }),
  async run({ runtime, user, reason, now }, { story: slug, from, to, views }) {
    const story = await findStory(runtime.db, slug);
    if (!story) return refused(`No change: there is no story “${slug}”.`);
    const span = { storyId: story.id, from, to };
    const obstacle = await findObstacle(runtime, story, span, now);
    if (obstacle) return refused(`No change: ${obstacle}`);
    return refuseDeadlock(() =>
      runtime.db.$transaction(async (tx) => {
        await lockTotals(tx, story.id);
        const expected = sumOf(await readSpan(tx, span));
        if (expected !== views)
          throw new Refusal(
            `No change: it would now be ${formatCount(expected, "view")}. Look at the views again.`,
          );
        const { id } = await tx.voidedViews.create({
          data: { storyId: story.id, fromHour: from, toHour: to, storyViews: 0, chapterViews: 0, reason },
        });
        const taken = await takeOut(tx, id, span);
        const [storyViews, chapterViews] = [sumOf(taken, "story"), sumOf(taken, "chapter")];
        await tx.voidedViews.update({ where: { id }, data: { storyViews, chapterViews } });
        await writeAudit(tx, user, {
          action: "story.void",
          target: `story ${slug}`,
          reason,
          before: { from: from.toISOString(), to: to.toISOString(), readCount: Number(story.readCount) },
          after: { from: from.toISOString(), to: to.toISOString(), storyViews, chapterViews },
        });
        return done(
          `Voided ${formatCount(storyViews, "view")} of “${story.title}” and ${formatCount(chapterViews, "view")} of its chapters, between ${formatTime(from, { now })} and ${formatTime(to, { now })}. This can be undone below.`,
        );
      }),
    );
  },
});

/** Puts voided views back. */
export const undoVoid = defineAction({
  permission: "story.void",
  reason: "required",
  schema: z.object({ id: idField("Choose what to undo.") }),
  async run({ runtime, user, reason, now }, { id }) {
    const found = await runtime.db.voidedViews.findUnique({ where: { id } });
    if (!found) return refused("No change: there are no such voided views.");
    const story = await runtime.db.story.findUnique({ where: { id: found.storyId } });
    if (!story) return refused("No change: the story was deleted.");
    return refuseDeadlock(() =>
      runtime.db.$transaction(async (tx) => {
        await lockTotals(tx, found.storyId);
        const { count } = await tx.voidedViews.updateMany({
          where: { id, undoneAt: null },
          data: { undoneAt: now },
        });
        if (count === 0) throw new Refusal("No change: these views have already been put back.");
        const back = await putBack(tx, id, found.storyId);
        const [storyViews, chapterViews] = [sumOf(back, "story"), sumOf(back, "chapter")];
        await writeAudit(tx, user, {
          action: "story.unvoid",
          target: `story ${story.slug}`,
          reason,
          before: { void: id, storyViews: 0, chapterViews: 0 },
          after: { void: id, storyViews, chapterViews },
        });
        return done(
          `Put ${formatCount(storyViews, "view")} of “${story.title}” back, and ${formatCount(chapterViews, "view")} of its chapters.`,
        );
      }),
    );
  },
});

const findStory = (db: PrismaClient, slug: string) =>
  db.story.findUnique({ where: { slug }, include: { chapters: { orderBy: { number: "asc" } } } });

async function findObstacle(
  { db, redisViews, env }: Sources,
  story: { id: number; chapters: { id: number }[] },
  span: HourSpan,
  now: Date,
): Promise<Obstacle> {
  const { from, to } = span;
  if (to <= from) return "the end must be after the start.";
  if (hourOf(to.getTime()) > hourOf(now.getTime())) return "only hours that are over can be voided.";
  if (await isJournalWaiting(db))
    return "views are waiting in the journal, and some of them may be from that time. They are replayed once a store answers.";
  if (!env.VIEW_TRACKING_REDIS_ENABLED || !redisViews) return null;
  const open = await countOpenRows(db, span);
  if (open > 0)
    return `${formatCount(open, "view")} from that time ${open === 1 ? "was" : "were"} counted in the database and not yet compared with Redis. That happens within a minute once Redis answers.`;
  const targets = [
    { kind: "story" as const, id: story.id, storyId: story.id },
    ...story.chapters.map(({ id }) => ({ kind: "chapter" as const, id, storyId: story.id })),
  ];
  const waiting = await redisViews
    .unsyncedIn(targets, hourOf(from.getTime()), hourOf(to.getTime()))
    // The breaker reports why Redis does not answer.
    .catch(() => null);
  if (waiting === null)
    return "Redis is unreachable, so the number of views from that time that are waiting to sync is unknown.";
  if (waiting > 0)
    return `${formatCount(waiting, "view")} from that time ${waiting === 1 ? "is" : "are"} waiting to sync. Run a sync first.`;
  return null;
}

const sumOf = (spans: SpanViews[], kind?: SpanViews["kind"]) =>
  spans.reduce((sum, span) => sum + (kind && span.kind !== kind ? 0 : span.views), 0);

/** Postgres ends a deadlock with a sync by rolling one side back. */
async function refuseDeadlock<T>(work: () => Promise<T>) {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code !== "P2034") throw error;
    return refused("No change: a sync held the same rows at that moment. Try again.");
  }
}
