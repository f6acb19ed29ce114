import { readDemoRoles } from "~/auth/demo-accounts";
import { can } from "~/auth/permissions";
import type { SessionUser } from "~/auth/sessions";
import { readDemoUntil } from "~/platform/demo-until";
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

/** What has happened since the site, or the demo's made-up past, began. */
interface Happened {
  view: boolean;
  drill: boolean;
  freeze: boolean;
}

/**
 * The first steps of a demo or of a young site, each with whether it has happened; null on other sites and once they were dismissed.
 * Rejects when Postgres does not answer.
 */
export async function readFirstSteps(
  { db, env, redisPid }: FirstStepsSources,
  { role }: Pick<SessionUser, "role">,
  now: Date,
) {
  const [state, demoRoles, until] = await Promise.all([
    readFirstStepsState(db),
    readDemoRoles(db, env),
    readDemoUntil(db),
  ]);
  if (state.dismissed) return null;
  const isDemo = demoRoles.length > 0;
  if (!isDemo && !(await isYoung(db, now))) return null;
  const [happened, chapter, pid] = await Promise.all([
    readHappened(db, until ?? new Date(0)),
    db.chapter.findFirst({
      where: { status: "PUBLISHED", number: 1, story: { status: "PUBLISHED" } },
      orderBy: { id: "asc" },
      select: { story: { select: { slug: true } } },
    }),
    // On a real site, a command that stops Redis is not something to offer in passing.
    isDemo ? redisPid() : null,
  ]);
  return {
    done: { ...happened, audit: state.auditRead },
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

async function readHappened(db: PrismaClient, since: Date): Promise<Happened> {
  const [row] = await db.$queryRaw<Happened[]>`
    SELECT
      -- The newest first, by the index: on a site that is read, the first row is the answer.
      (SELECT true FROM "Sample" WHERE at >= ${since} AND redis + "database" + journal > 0 ORDER BY at DESC LIMIT 1) IS NOT NULL AS view,
      EXISTS (SELECT FROM "Drill" WHERE "startedAt" >= ${since}) AS drill,
      EXISTS (SELECT FROM "ModeChange" WHERE at >= ${since} AND "from" = 'redis' AND "to" <> 'redis'
        AND reason NOT LIKE 'drill %' AND reason NOT LIKE 'an operator %') AS freeze`;
  return row ?? { view: false, drill: false, freeze: false };
}
