import type { ReadableStream } from "node:stream/web";
import type { AppLoadContext } from "@remix-run/node";
import type { Sessions, SessionUser } from "~/auth/sessions";
import type { Env } from "~/platform/env";
import type { Logger } from "~/platform/logger";
import type { Catalog } from "~/stores/postgres/catalog";
import type { Salts } from "~/stores/postgres/salts";
import { exclusionOf } from "~/tracker/exclusion";
import { type Exclusion, notCounted, type Outcome } from "~/tracker/outcome";
import type { Tracker } from "~/tracker/record";
import { withTimeout, withTimeoutOrNull } from "~/tracker/timeout";
import type { Device, View } from "~/tracker/view";
import { offer, type Viewer } from "~/tracker/viewer";
import { dayOf } from "~/tracker/window";

/** One page view, as HTTP tells of it. */
export interface ViewRequest {
  slug: string;
  /** The chapter's number; absent for the story's own page. */
  chapter?: number;
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  /** The client's address, proxies already taken off. Lives in memory only. */
  address: string;
  /** What the page saw as `document.referrer`. */
  referrer?: string;
}

export type CountView = (request: ViewRequest) => Promise<{ status: number; outcome: Outcome }>;

/** What became of a view, for whoever charts it. */
export interface CountObserver {
  counted(outcome: Outcome, microseconds: number): void;
  excluded(storyId: number, reason: Exclusion): void;
  /** A signed-in reader opened a chapter. */
  opened(userId: number, storyId: number, chapter: number): void;
}

const MOST_CACHED_USERS = 5000;
/** A signed-in reader is recognised without asking Postgres again for this long, ms. */
const USER_FRESH_MS = 30_000;

/** From an HTTP request to a view: who, what, whether it may count; then the tracker. Never rejects. */
export function createCountView(parts: {
  env: Env;
  log: Logger;
  catalog: Catalog;
  salts: Salts;
  sessions: Pick<Sessions, "userOf">;
  tracker: Tracker;
  observer: CountObserver;
}): CountView {
  const { env, log, catalog, salts, tracker, observer } = parts;
  const userOf = remembered((cookie: string) =>
    withTimeout(env.VIEW_DATABASE_TIMEOUT_MS, parts.sessions.userOf(cookie)),
  );

  /** What waited in Redis when a page of the catalog was last shown. */
  const waitingSeen = new WeakMap<object, number>();

  /**
   * The page's count with what waits in Redis. Less waiting than before means that a sync has moved it into `readCount` since
   * the catalog looked: then it looks again, so that no count falls.
   */
  async function shownCount(
    slug: string,
    number: number | undefined,
    page: { readCount: number },
    { path, viewCount: waiting }: Outcome,
  ) {
    if (path !== "redis" || waiting === null) return waiting;
    const synced = waiting < (waitingSeen.get(page) ?? 0);
    const story = synced
      ? await withTimeoutOrNull(env.VIEW_DATABASE_TIMEOUT_MS, catalog.refresh(slug))
      : null;
    const now = (number === undefined ? story : story?.chapters.get(number)) ?? page;
    waitingSeen.set(now, waiting);
    return now.readCount + waiting;
  }

  return async function countView(request) {
    const began = process.hrtime.bigint();
    try {
      const story = await withTimeout(env.VIEW_DATABASE_TIMEOUT_MS, catalog.find(request.slug));
      const chapter = request.chapter === undefined ? undefined : story?.chapters.get(request.chapter);
      if (!story || (request.chapter !== undefined && !chapter))
        return { status: 404, outcome: notCounted("unknown-target") };

      const cookie = request.header("cookie");
      const user = cookie ? await userOf(cookie) : null;
      const userAgent = request.header("user-agent")?.slice(0, 512);
      const shown = chapter ? chapter.readCount : story.readCount;
      const exclusion = exclusionOf({
        userAgent,
        header: request.header,
        userId: user?.id ?? null,
        published: story.published && (chapter?.published ?? true),
        staff: story.staff,
        honourPrivacySignals: env.HONOUR_PRIVACY_SIGNALS,
      });
      if (exclusion) {
        observer.excluded(story.id, exclusion);
        // An unpublished page does not exist for whoever may not see it.
        const hidden = exclusion === "unpublished" && !(user && story.staff.includes(user.id));
        return hidden
          ? { status: 404, outcome: notCounted("unknown-target") }
          : { status: 200, outcome: notCounted(exclusion, shown) };
      }

      const at =
        env.VIEW_CLOCK === "request" ? Number(request.header("x-tidemark-at")) || undefined : undefined;
      const seenAt = at ?? Date.now();
      const viewer: Viewer = user
        ? { userId: user.id }
        : { address: request.address, userAgent: userAgent ?? "" };
      await withTimeout(env.VIEW_DATABASE_TIMEOUT_MS, salts.ready(dayOf(seenAt)));
      const onStory = offer({ kind: "story", id: story.id, storyId: story.id }, viewer, salts.of);
      const onChapter =
        chapter && offer({ kind: "chapter", id: chapter.id, storyId: story.id }, viewer, salts.of);
      const view: View = {
        offers: onChapter ? [onChapter, onStory] : [onStory],
        at,
        seenAt,
        referrer: referrerHost(request),
        device: deviceOf(userAgent ?? ""),
      };
      const outcome = await tracker.record(view);
      observer.counted(outcome, Number(process.hrtime.bigint() - began) / 1000);
      if (user && request.chapter !== undefined) observer.opened(user.id, story.id, request.chapter);
      const viewCount = await shownCount(request.slug, request.chapter, chapter ?? story, outcome);
      return { status: outcome.reason === "unavailable" ? 503 : 200, outcome: { ...outcome, viewCount } };
    } catch (error) {
      log.error({ error: (error as Error).message }, "a view could not be counted");
      return { status: 503, outcome: notCounted("unavailable") };
    }
  };
}

/** Keeps what a cookie stood for: fresh for a while, and while Postgres is away as long as it is known. */
function remembered(userOf: (cookie: string) => Promise<SessionUser | null>) {
  const known = new Map<string, { user: SessionUser | null; at: number }>();
  return async (cookie: string): Promise<SessionUser | null> => {
    const entry = known.get(cookie);
    if (entry && Date.now() - entry.at < USER_FRESH_MS) return entry.user;
    try {
      const user = await userOf(cookie);
      const oldest = known.keys().next();
      if (known.size >= MOST_CACHED_USERS && !oldest.done) known.delete(oldest.value);
      // Only people are remembered: cookies can be made up without end.
      if (user) known.set(cookie, { user, at: Date.now() });
      return user;
    } catch (error) {
      if (entry) return entry.user;
      throw error;
    }
  };
}

function referrerHost(request: ViewRequest): string {
  const given = request.referrer?.slice(0, 2048);
  if (!given || !URL.canParse(given)) return "direct";
  const url = new URL(given);
  if (!/^https?:$/.test(url.protocol) || url.hostname.length > 100) return "other";
  // A page on a bare address may be the reader's own machine: no address is kept.
  if (/^\[|^[\d.]+$/.test(url.hostname)) return "other";
  return url.host === request.header("host") ? "this site" : url.hostname;
}

function deviceOf(userAgent: string): Device {
  if (/ipad|tablet|kindle|silk|playbook|android(?!.*mobi)/i.test(userAgent)) return "tablet";
  if (/mobi|iphone|ipod|android|phone/i.test(userAgent)) return "mobile";
  return /windows|macintosh|x11|linux|cros/i.test(userAgent) ? "desktop" : "other";
}

/** Most bytes of a beacon's body; it holds one referrer. */
export const MAX_BODY_BYTES = 4096;
/** Bytes of a longer body that are read and thrown away before its sender is refused. */
export const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/** The referrer in a beacon's body, or undefined for a body that holds none. */
export function referrerIn(body: string): string | undefined {
  try {
    const referrer = (JSON.parse(body) as { referrer?: unknown } | null)?.referrer;
    return typeof referrer === "string" ? referrer : undefined;
  } catch {
    return undefined;
  }
}

/** A chapter number in a path, or null for what cannot be one. */
export const chapterNumber = (text: string) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : null);

/** `X-Tidemark-Outcome`: `counted`, or why not. */
export const outcomeHeader = (outcome: Outcome) =>
  outcome.counted ? "counted" : (outcome.reason ?? "duplicate");

/** What the story and chapter routes' actions answer with: the outcome as JSON, whatever it is. */
export async function viewAction(
  context: AppLoadContext,
  request: Request,
  params: { slug?: string; number?: string },
): Promise<Response> {
  const chapter = params.number === undefined ? undefined : chapterNumber(params.number);
  if (request.method !== "POST")
    return new Response(null, { status: 405, headers: { Allow: "GET, HEAD, POST" } });
  if (!params.slug || chapter === null) return answer(404, notCounted("unknown-target"));
  const body = await readBody(request);
  if (body === null) return answer(413, notCounted("refused"));
  const { status, outcome } = await context.runtime.countView({
    slug: params.slug,
    chapter,
    header: (name) => request.headers.get(name) ?? undefined,
    address: context.address,
    referrer: referrerIn(body),
  });
  return answer(status, outcome);
}

/** The body as text, or null when it is longer than a beacon's can be; as the front door reads it. */
async function readBody(request: Request): Promise<string | null> {
  const body = request.body as ReadableStream<Uint8Array> | null;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
    else if (bytes > MAX_DISCARDED_BYTES) break;
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(pieces).toString();
}

const answer = (status: number, outcome: Outcome) =>
  Response.json(outcome, {
    status,
    headers: { "X-Tidemark-Outcome": outcomeHeader(outcome), "Cache-Control": "no-store" },
  });
