import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { isPaused } from "~/platform/settings";
import type { PrismaClient } from "../../../prisma/client/client";
import { explainableDrift } from "./actions/explain-drift";
import { readStoryHistory } from "./actions/repair-story";
import { planVoid, SPAN_FIELDS } from "./actions/void-views";
import { findStories } from "./find-stories";
import { listRunsWithShards } from "./list-runs";
import { listVoidedViews } from "./list-voided-views";
import { namePlan } from "./name-plan";
import { readSchedule } from "./read-schedule";
import { readSettingsFollowed } from "./read-settings-followed";
import { readSyncState } from "./read-sync-state";

/**
 * Everything on the sync page, as of one moment. Only the live figures and the dry run need Redis. The address holds what is
 * open: `?dry`, `?run=`, `?retry=`, `?story=`, `?void=&from=&to=`.
 */
export async function loadSyncPage(args: LoaderFunctionArgs) {
  const { runtime, db, now, query, panel } = await openPage(args, "sync.view");
  const settings = runtime.settings.current();
  const wanted = readStory(query.get("story"));
  const { redisViews, queue } = runtime;
  const asked = readSpanFields(query);
  const span = asked && SPAN_FIELDS.safeParse(asked);
  const [state, schedule, runs, processes, dryRun, story, voidPlan, voided, ledger] = await Promise.all([
    panel("The state of the sync", readSyncState(runtime, now)),
    panel(
      "The schedule",
      readSchedule(
        { db, queue: redisViews && queue.queue(), intervalHours: settings.sync.intervalHours },
        now,
      ),
    ),
    panel("The list of syncs", listRunsWithShards(db)),
    panel("The settings by process", readSettingsFollowed(db, settings, now)),
    query.has("dry")
      ? panel(
          "The dry run",
          runtime.planSync().then((plan) => plan && namePlan(db, plan)),
        )
      : null,
    wanted === null
      ? null
      : panel(
          "The story",
          findOne(db, wanted, (slug) => readStoryHistory(db, slug)),
        ),
    asked === null
      ? null
      : panel(
          "The views",
          findOne(db, asked.story, async (story) =>
            span?.success ? planVoid(runtime, { ...span.data, story }, now) : null,
          ),
        ),
    panel("The voided views", listVoidedViews(db)),
    runtime.readLedger(),
  ]);
  return {
    now,
    settings,
    paused: isPaused(settings.sync, now.getTime()),
    state,
    schedule,
    runs,
    processes,
    dryRun,
    wanted,
    story,
    asked,
    voidProblem: span?.error?.issues[0]?.message ?? null,
    voidPlan,
    voided,
    drift: ledger && explainableDrift(ledger.parts),
    retry: readId(query.get("retry")),
    openRun: readId(query.get("run")),
    withoutRedis: !runtime.env.VIEW_TRACKING_REDIS_ENABLED,
  };
}

const readId = (text: string | null) => (text && /^\d{1,9}$/.test(text) ? Number(text) : null);

function readSpanFields(query: URLSearchParams) {
  const story = readStory(query.get("void"));
  return story === null ? null : { story, from: query.get("from") ?? "", to: query.get("to") ?? "" };
}

/** The stories that a text may mean, and what was read about it where it means one. */
async function findOne<T>(db: PrismaClient, text: string, read: (slug: string) => Promise<T | null>) {
  const found = await findStories(db, text);
  const [only] = found;
  return { found, read: only && found.length === 1 ? await read(only.slug) : null };
}

/** Part of a title, or a slug. People also paste the whole address. */
const readStory = (text: string | null) =>
  text === null
    ? null
    : (text.replaceAll("\0", "").trim().split(/[?#]/)[0] ?? "").split("/story/").at(-1) || "";
