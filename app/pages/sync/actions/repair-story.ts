import { z } from "zod";
import { defineAction } from "~/console/action";
import { writeAudit } from "~/platform/audit";
import { done, refused } from "~/shared/action-result";
import { formatCount, formatNumber } from "~/shared/format";
import type { Prisma, PrismaClient } from "../../../../prisma/client/client";

/** A total, and the sum of its hourly history, which it should equal. */
export interface StoryTotal {
  kind: "story" | "chapter";
  id: number;
  title: string;
  readCount: number;
  history: number;
}

export interface StoryHistory {
  id: number;
  slug: string;
  title: string;
  /** The story itself first, then its chapters in order. */
  totals: StoryTotal[];
}

/** Each total of a story with the sum of its history, to which a repair sets it. Null if there is no such story. */
export async function readStoryHistory(
  db: Pick<PrismaClient, "$queryRaw">,
  slug: string,
): Promise<StoryHistory | null> {
  const totals = await db.$queryRaw<(StoryTotal & { storyId: number })[]>`
    WITH story AS (SELECT id, title, "readCount" FROM "Story" WHERE slug = ${slug}),
    targets AS (
      SELECT 'story' AS kind, id, title, "readCount", 0 AS place, id AS "storyId" FROM story
      UNION ALL
      SELECT 'chapter', c.id, c.number || '. ' || c.title, c."readCount", c.number, c."storyId"
      FROM "Chapter" c JOIN story s ON s.id = c."storyId")
    SELECT t.kind, t.id, t.title, t."readCount"::float8 AS "readCount", t."storyId",
      (SELECT COALESCE(sum(views), 0)::float8 FROM "ViewHour" h WHERE h.kind = t.kind AND h."targetId" = t.id) AS history
    FROM targets t ORDER BY t.place`;
  const [first] = totals;
  if (!first) return null;
  return {
    id: first.storyId,
    slug,
    title: first.title,
    totals: totals.map(({ storyId: _, ...total }) => total),
  };
}

/**
 * Makes the totals of a story and its chapters equal to the sums of their hourly history. The rows are locked before the
 * sums are read: syncs and fallback change history and total in one transaction, so whatever they add meanwhile is added on top.
 */
export const repairStory = defineAction({
  permission: "story.repair",
  reason: "required",
  schema: z.object({ story: z.string("Name a story.").trim().min(1, "Name a story.") }),
  async run({ runtime, user, reason }, { story: slug }) {
    try {
      return await runtime.db.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT id FROM "Story" WHERE slug = ${slug} FOR UPDATE`;
        await tx.$queryRaw`SELECT c.id FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId"
          WHERE s.slug = ${slug} ORDER BY c.id FOR UPDATE OF c`;
        const story = await readStoryHistory(tx, slug);
        if (!story) return refused(`No change: there is no story “${slug}”.`);
        const wrong = story.totals.filter((total) => total.readCount !== total.history);
        if (wrong.length === 0)
          return refused(`No change: the totals of “${story.title}” agree with their history.`);
        for (const { kind, id, history } of wrong)
          await (kind === "story"
            ? tx.story.update({ where: { id }, data: { readCount: history } })
            : tx.chapter.update({ where: { id }, data: { readCount: history } }));
        await writeAudit(tx, user, {
          action: "story.repair",
          target: `story ${slug}`,
          reason,
          before: totalsOf(wrong, "readCount"),
          after: totalsOf(wrong, "history"),
        });
        const before = story.totals[0]?.readCount ?? 0;
        const after = story.totals[0]?.history ?? 0;
        return done(
          `“${story.title}”: ${formatCount(wrong.length, "total")} corrected from the history; the story's went from ${formatNumber(before)} to ${formatNumber(after)}.`,
        );
      });
    } catch (error) {
      if ((error as { code?: string }).code !== "P2034") throw error;
      // Postgres ended a deadlock with a sync by rolling this back.
      return refused("No change: a sync held the same rows at that moment. Try again.");
    }
  },
});

const totalsOf = (totals: StoryTotal[], which: "readCount" | "history"): Prisma.InputJsonObject =>
  Object.fromEntries(totals.map((total) => [`${total.kind} ${total.id}`, total[which]]));
