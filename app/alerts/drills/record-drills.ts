import { PROBE_STORY_ID } from "~/tracker/probe";
import type { PrismaClient } from "../../../prisma/client/client";

/** How long after its end, s, a drill is still updated while its alert has not resolved or its views are not reconciled. */
const UPDATE_SECONDS = 3 * 3600;

/**
 * Records the results of recent drills: their end, the alert, its delivery, and the reconciled views. One statement; harmless to
 * run twice. Rejects when Postgres does not answer.
 */
export const recordDrills = (db: Pick<PrismaClient, "$executeRaw">): Promise<number> => db.$executeRaw`
  UPDATE "Drill" d SET
    "endedAt" = CASE WHEN d."endedAt" IS NULL AND d."endsAt" <= now() THEN d."endsAt" ELSE d."endedAt" END,
    "alertId" = COALESCE(d."alertId", a.id),
    "alertFiredAt" = COALESCE(d."alertFiredAt", a."firedAt"),
    "alertResolvedAt" = COALESCE(d."alertResolvedAt", a."resolvedAt"),
    "deliveredAt" = COALESCE(d."deliveredAt", n.at),
    "fallbackViews" = GREATEST(d."fallbackViews", v.views),
    probes = GREATEST(d.probes, v.probes),
    "reconciledAt" = COALESCE(d."reconciledAt", CASE WHEN d."endsAt" <= now() OR d."endedAt" IS NOT NULL THEN
      CASE WHEN v.views > 0 AND v.open = 0 THEN v.at END END)
  FROM "Drill" o
  LEFT JOIN LATERAL (
    SELECT id, "firedAt", "resolvedAt" FROM "Alert" WHERE rule = 'redis-away' AND "firedAt" IS NOT NULL
      AND "firedAt" >= o."startedAt" AND "firedAt" <= COALESCE(o."endedAt", o."endsAt") + interval '5 minutes'
    ORDER BY id LIMIT 1) a ON true
  LEFT JOIN LATERAL (
    SELECT min(d."deliveredAt") AS at FROM "Delivery" d JOIN "AlertChannel" c ON c.id = d."channelId"
    WHERE d."alertId" = COALESCE(o."alertId", a.id) AND d.event = 'firing'
      -- The inbox has every notification at once: it counts only where no other channel could be told.
      AND (c.kind <> 'inbox' OR NOT EXISTS (SELECT FROM "AlertChannel" other WHERE other.kind <> 'inbox' AND other."removedAt" IS NULL))) n ON true
  LEFT JOIN LATERAL (
    SELECT count(*)::int AS views, (count(*) FILTER (WHERE "storyId" = ${PROBE_STORY_ID}::int))::int AS probes, (count(*) FILTER (WHERE "reconciledAt" IS NULL))::int AS open, max("reconciledAt") AS at
    FROM (SELECT "storyId", "reconciledAt" FROM "StoryView" WHERE "window" IS NOT NULL
        AND "viewedAt" >= o."startedAt" AND "viewedAt" <= COALESCE(o."endedAt", o."endsAt") + interval '5 seconds'
      UNION ALL SELECT NULL, "reconciledAt" FROM "ChapterView" WHERE "window" IS NOT NULL
        AND "viewedAt" >= o."startedAt" AND "viewedAt" <= COALESCE(o."endedAt", o."endsAt") + interval '5 seconds') rows) v ON true
  WHERE o.id = d.id AND (d."endedAt" IS NULL OR (d."endsAt" > now() - make_interval(secs => ${UPDATE_SECONDS}::int)
    AND (d."alertResolvedAt" IS NULL OR d."reconciledAt" IS NULL)))`;
