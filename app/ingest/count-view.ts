import type { Sessions } from "~/auth/sessions";
import { readerBlock } from "~/platform/address-block";
import type { Env } from "~/platform/env";
import type { Logger } from "~/platform/logger";
import type { Catalog, CatalogChapter, CatalogStory } from "~/stores/postgres/catalog";
import type { ReadCounts } from "~/stores/postgres/read-counts";
import type { Salts } from "~/stores/postgres/salts";
import { batched } from "~/tracker/batch";
import { exclusionOf } from "~/tracker/exclusion";
import { type Exclusion, notCounted, type Outcome } from "~/tracker/outcome";
import type { Mode, Tracker } from "~/tracker/record";
import { withTimeout } from "~/tracker/timeout";
import type { View } from "~/tracker/view";
import { offer } from "~/tracker/viewer";
import { dayOf, HOUR_MS } from "~/tracker/window";
import { createAddressLimit } from "./address-limit";
import { campaignReferrer } from "./campaign";
import { referrerHost } from "./referrer";
import { createReferrerLimit } from "./referrer-limit";
import { createShownCount } from "./shown-count";
import { type CountView, unknownPage, type ViewAnswer, type ViewRequest } from "./view-request";
import { createIdentify, type Visitor } from "./visitor";

/** Receives the result of each view, for charts and metrics. */
export interface CountObserver {
  counted(outcome: Outcome, microseconds: number, storyId: number): void;
  excluded(storyId: number, reason: Exclusion): void;
  /** A signed-in reader opened a chapter. */
  opened(userId: number, storyId: number, chapter: number): void;
}

/** One query finds the readers of many sessions, and looking them up takes at most two of the connections that count. */
const SESSION_BATCH = { size: 100, concurrency: 2 };

/** The page that was viewed. */
interface Page {
  story: CatalogStory;
  chapter: CatalogChapter | undefined;
}

/** The answer to a reader whose view is counted already. */
const repeatIn = (mode: Mode, viewCount: number | null): Outcome =>
  notCounted(mode === "journal" ? "journalled" : "duplicate", mode === "journal" ? null : viewCount, mode);

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
  const siteHost = env.PUBLIC_URL && new URL(env.PUBLIC_URL).host;
  const userOf = batched(sessions.usersOf, SESSION_BATCH);
  const identify = createIdentify(
    (cookie) => withTimeout(timeoutMs, userOf(cookie)),
    env.VIEW_DEDUP_TTL_HOURS * HOUR_MS,
  );
  const shownCount = createShownCount(readCounts);
  const limitReferrer = createReferrerLimit();
  const addressLimit = createAddressLimit({
    burst: env.VIEW_LIMIT_BURST,
    perMinute: env.VIEW_LIMIT_PER_MINUTE,
  });

  function pageOf(story: CatalogStory | null, number: number | undefined): Page | null {
    const chapter = number === undefined ? undefined : story?.chapters.get(number);
    return story && (number === undefined || chapter) ? { story, chapter } : null;
  }

  function findExclusion(request: ViewRequest, { story, chapter }: Page, visitor: Visitor): Exclusion | null {
    const exclusion = exclusionOf({
      browser: visitor.browser,
      automated: request.automated ?? false,
      header: request.header,
      userId: visitor.user?.id ?? null,
      optedOut: visitor.optedOut,
      published: story.published && (chapter?.published ?? true),
      staff: story.staff,
      honourPrivacySignals: env.HONOUR_PRIVACY_SIGNALS,
    });
    if (exclusion) return exclusion;
    // A reader who is signed in is one reader, from whichever address.
    return visitor.user || addressLimit.allows(readerBlock(request.address)) ? null : "too-many";
  }

  function exclude({ story, chapter }: Page, { user }: Visitor, exclusion: Exclusion): ViewAnswer {
    observer.excluded(story.id, exclusion);
    // Counting and keeping a reader's place are two things: only one of them was refused.
    if (exclusion === "opted-out" && user && chapter) observer.opened(user.id, story.id, chapter.number);
    // Someone who makes views up learns no more than a reader who comes back.
    if (exclusion === "too-many" || exclusion === "automated")
      return { status: 200, outcome: repeatIn(tracker.mode().mode, shownCount.latest(chapter ?? story)) };
    // To everyone but its authors and editors, an unpublished page does not exist.
    if (exclusion === "unpublished" && !(user && story.staff.includes(user.id))) return unknownPage();
    return { status: 200, outcome: notCounted(exclusion) };
  }

  /** The time that a request names, Unix ms, where tests may choose it. */
  const timeOf = (request: ViewRequest) =>
    env.VIEW_CLOCK === "request" ? Number(request.header("x-tidemark-at")) || undefined : undefined;

  /** Expects the salts of that time to be loaded. */
  function viewOf(request: ViewRequest, page: Page, visitor: Visitor, at: number | undefined): View {
    const { story, chapter } = page;
    const onStory = offer(story, visitor.viewer, salts.of);
    const onChapter = chapter && offer(chapter, visitor.viewer, salts.of);
    return {
      offers: onChapter ? [onChapter, onStory] : [onStory],
      at,
      seenAt: at ?? Date.now(),
      // A tagged link says more of its source than the host that it stands on (docs/decisions/0048).
      referrer: limitReferrer(
        readerBlock(request.address),
        campaignReferrer(request.tags) ?? referrerHost(request, siteHost),
      ),
      device: visitor.browser.device,
    };
  }

  // Nearly always, everything about a view is known: only its store is waited for. The other waits are spared, as each costs
  // about a microsecond.
  return async function countView(request) {
    const startedAt = performance.now();
    try {
      const known = catalog.known(request.slug);
      const story = known === undefined ? await withTimeout(timeoutMs, catalog.find(request.slug)) : known;
      const page = pageOf(story, request.chapter);
      if (!page) return unknownPage();
      const visitor = identify.known(request) ?? (await identify.find(request));
      const exclusion = findExclusion(request, page, visitor);
      if (exclusion) return exclude(page, visitor, exclusion);
      const at = timeOf(request);
      const loading = salts.ready(dayOf(at ?? Date.now()));
      if (loading) await withTimeout(timeoutMs, loading);
      const outcome = await tracker.record(viewOf(request, page, visitor, at));
      observer.counted(outcome, (performance.now() - startedAt) * 1000, page.story.id);
      if (visitor.user && page.chapter) observer.opened(visitor.user.id, page.story.id, page.chapter.number);
      const shown = shownCount.after(page.chapter ?? page.story, outcome);
      const viewCount = shown instanceof Promise ? await shown : shown;
      return { status: outcome.reason === "unavailable" ? 503 : 200, outcome: { ...outcome, viewCount } };
    } catch (error) {
      const { requestId } = request;
      log.error({ requestId, error: (error as Error).message }, "a view could not be counted");
      return { status: 503, outcome: notCounted("unavailable") };
    }
  };
}
