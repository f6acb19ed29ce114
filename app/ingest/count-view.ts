import type { Sessions } from "~/auth/sessions";
import type { Env } from "~/platform/env";
import type { Logger } from "~/platform/logger";
import type { Catalog, CatalogStory } from "~/stores/postgres/catalog";
import type { ReadCounts } from "~/stores/postgres/read-counts";
import type { Salts } from "~/stores/postgres/salts";
import { batched } from "~/tracker/batch";
import { exclusionOf } from "~/tracker/exclusion";
import { type Exclusion, notCounted, type Outcome } from "~/tracker/outcome";
import type { Tracker } from "~/tracker/record";
import { withTimeout } from "~/tracker/timeout";
import type { Target, View } from "~/tracker/view";
import { offer } from "~/tracker/viewer";
import { dayOf } from "~/tracker/window";
import { createShownCount } from "./shown-count";
import { type CountView, unknownPage, type ViewAnswer, type ViewRequest } from "./view-request";
import { createIdentify, referrerHost, type Visitor } from "./visitor";

/** Receives the result of each view, for charts and metrics. */
export interface CountObserver {
  counted(outcome: Outcome, microseconds: number): void;
  excluded(storyId: number, reason: Exclusion): void;
  /** A signed-in reader opened a chapter. */
  opened(userId: number, storyId: number, chapter: number): void;
}

/** One query finds the readers of many sessions, and looking them up takes at most two of the connections that count. */
const SESSION_BATCH = { size: 100, concurrency: 2 };

/** The page that was viewed. */
interface Page {
  story: CatalogStory;
  chapter: { id: number; published: boolean } | undefined;
}

/** Turns a page view over HTTP into a view that the tracker can record. */
export function createCountView(parts: {
  env: Env;
  log: Logger;
  catalog: Catalog;
  readCounts: ReadCounts;
  salts: Salts;
  sessions: Pick<Sessions, "usersOf">;
  tracker: Tracker;
  observer: CountObserver;
}): CountView {
  const { env, log, catalog, readCounts, salts, sessions, tracker, observer } = parts;
  const timeoutMs = env.VIEW_DATABASE_TIMEOUT_MS;
  const userOf = batched(sessions.usersOf, SESSION_BATCH);
  const identify = createIdentify((cookie) => withTimeout(timeoutMs, userOf(cookie)));
  const shownCount = createShownCount(readCounts);

  async function findPage({ slug, chapter: number }: ViewRequest): Promise<Page | null> {
    const known = catalog.known(slug);
    const story = known === undefined ? await withTimeout(timeoutMs, catalog.find(slug)) : known;
    const chapter = number === undefined ? undefined : story?.chapters.get(number);
    return story && (number === undefined || chapter) ? { story, chapter } : null;
  }

  const findExclusion = (request: ViewRequest, { story, chapter }: Page, visitor: Visitor) =>
    exclusionOf({
      browser: visitor.browser,
      header: request.header,
      userId: visitor.user?.id ?? null,
      published: story.published && (chapter?.published ?? true),
      staff: story.staff,
      honourPrivacySignals: env.HONOUR_PRIVACY_SIGNALS,
    });

  function exclude({ story }: Page, { user }: Visitor, exclusion: Exclusion): ViewAnswer {
    observer.excluded(story.id, exclusion);
    // To everyone but its authors and editors, an unpublished page does not exist.
    if (exclusion === "unpublished" && !(user && story.staff.includes(user.id))) return unknownPage();
    return { status: 200, outcome: notCounted(exclusion) };
  }

  async function record(request: ViewRequest, { story, chapter }: Page, visitor: Visitor): Promise<Outcome> {
    const at =
      env.VIEW_CLOCK === "request" ? Number(request.header("x-tidemark-at")) || undefined : undefined;
    const seenAt = at ?? Date.now();
    const loading = salts.ready(dayOf(seenAt));
    if (loading) await withTimeout(timeoutMs, loading);
    const onStory = offer({ kind: "story", id: story.id, storyId: story.id }, visitor.viewer, salts.of);
    const onChapter =
      chapter && offer({ kind: "chapter", id: chapter.id, storyId: story.id }, visitor.viewer, salts.of);
    const view: View = {
      offers: onChapter ? [onChapter, onStory] : [onStory],
      at,
      seenAt,
      referrer: referrerHost(request),
      device: visitor.browser.device,
    };
    return tracker.record(view);
  }

  async function describeOutcome({ story, chapter }: Page, outcome: Outcome) {
    const page: Target = chapter ? { kind: "chapter", id: chapter.id } : { kind: "story", id: story.id };
    const viewCount = await shownCount(page, outcome);
    return { status: outcome.reason === "unavailable" ? 503 : 200, outcome: { ...outcome, viewCount } };
  }

  return async function countView(request) {
    const startedAt = performance.now();
    try {
      const page = await findPage(request);
      if (!page) return unknownPage();
      const visitor = await identify(request);
      const exclusion = findExclusion(request, page, visitor);
      if (exclusion) return exclude(page, visitor, exclusion);
      const outcome = await record(request, page, visitor);
      observer.counted(outcome, (performance.now() - startedAt) * 1000);
      if (visitor.user && request.chapter !== undefined)
        observer.opened(visitor.user.id, page.story.id, request.chapter);
      return await describeOutcome(page, outcome);
    } catch (error) {
      log.error({ error: (error as Error).message }, "a view could not be counted");
      return { status: 503, outcome: notCounted("unavailable") };
    }
  };
}
