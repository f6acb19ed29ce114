import { readDemoRoles } from "~/auth/demo-accounts";
import { can } from "~/auth/permissions";
import type { SessionUser } from "~/auth/sessions";
import type { Env } from "~/platform/env";
import { readFirstStepsState } from "~/platform/first-steps-state";
import { chapterPath } from "~/shared/story-paths";
import type { PrismaClient } from "../../../../prisma/client/client";

/** A site is young for so long after its first sample. */
const YOUNG_MS = 7 * 86_400_000;

export interface FirstStepsSources {
  db: PrismaClient;
  env: Env;
  redisPid(): Promise<number | null>;
}

/** The first steps of a demo or of a young site; null on other sites and once they were dismissed. Rejects when Postgres does not answer. */
export async function readFirstSteps(
  { db, env, redisPid }: FirstStepsSources,
  { role }: Pick<SessionUser, "role">,
  now: Date,
) {
  const [state, demoRoles] = await Promise.all([readFirstStepsState(db), readDemoRoles(db, env)]);
  if (state.dismissed) return null;
  const isDemo = demoRoles.length > 0;
  if (!isDemo && !(await isYoung(db, now))) return null;
  const [chapter, pid] = await Promise.all([
    db.chapter.findFirst({
      where: { status: "PUBLISHED", number: 1, story: { status: "PUBLISHED" } },
      orderBy: { id: "asc" },
      select: { story: { select: { slug: true } } },
    }),
    // On a real site, a command that stops Redis is not something to offer in passing.
    isDemo ? redisPid() : null,
  ]);
  return {
    chapter: chapter && chapterPath(chapter.story.slug, 1),
    freeze: pid === null ? null : `kill -STOP ${pid}; sleep 30; kill -CONT ${pid}`,
    mayDrill: can(role, "drill.run"),
    mayDismiss: can(role, "settings.change"),
  };
}

async function isYoung(db: PrismaClient, now: Date): Promise<boolean> {
  const first = await db.sample.findFirst({ orderBy: { at: "asc" }, select: { at: true } });
  return !first || now.getTime() - first.at.getTime() < YOUNG_MS;
}
