import type { PlannedMove, SyncPlan } from "~/tracker/plan-sync";
import type { PrismaClient } from "../../../prisma/client/client";

/** The number of largest moves that are named. */
const TOP = 20;

/** A dry run with the names of the stories and chapters that would move most. */
export async function namePlan(db: PrismaClient, plan: SyncPlan) {
  const top = plan.moves.slice(0, TOP);
  const idsOf = (kind: PlannedMove["kind"]) => top.filter((move) => move.kind === kind).map(({ id }) => id);
  const [stories, chapters] = await Promise.all([
    db.story.findMany({
      where: { id: { in: idsOf("story") } },
      select: { id: true, slug: true, title: true },
    }),
    db.chapter.findMany({
      where: { id: { in: idsOf("chapter") } },
      select: { id: true, number: true, story: { select: { slug: true, title: true } } },
    }),
  ]);
  const names = new Map([
    ...stories.map(({ id, slug, title }) => [`story/${id}`, { slug, name: title }] as const),
    ...chapters.map(
      ({ id, number, story }) =>
        [`chapter/${id}`, { slug: story.slug, name: `${story.title}, chapter ${number}` }] as const,
    ),
  ]);
  return {
    shards: plan.shards,
    views: plan.shards.reduce((sum, shard) => sum + shard.views, 0),
    targets: plan.moves.length,
    // Null where the story or chapter was deleted since.
    top: top.map((move) => ({ ...move, target: names.get(`${move.kind}/${move.id}`) ?? null })),
  };
}
