import { composeSlug } from "~/shared/story-paths";
import { notCounted, type Outcome } from "~/tracker/outcome";
import type { Tags } from "./campaign";

/** A page view, as its HTTP request describes it. */
export interface ViewRequest {
  /** For lines in the log about it. */
  requestId: string;
  /** In the spelling that slugs have (NFC). */
  slug: string;
  /** The chapter's number; absent for the story's own page. */
  chapter?: number;
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  /** The client's address, with trusted proxies taken off. It is never stored. */
  address: string;
  /** The page's `document.referrer`. */
  referrer?: string;
  /** What the tags of the landing address say (`utm_source`, `ref` …), on the page on which the reader entered the site. */
  tags?: Tags;
  /** The browser says that a program drives it. */
  automated?: boolean;
}

/** The response to the browser. */
export interface ViewAnswer {
  status: number;
  outcome: Outcome;
}

/** Counts one page view. Never rejects. */
export type CountView = (request: ViewRequest) => Promise<ViewAnswer>;

/** A POST to a story or a chapter, as the two adapters (view-endpoint, view-action) read it off the wire. */
export interface ViewPost extends Pick<ViewRequest, "requestId" | "header" | "address"> {
  /** Percent-decoded; null if it cannot be decoded. */
  slug: string | null;
  /** The chapter's segment of the path; absent for the story's own page. */
  chapter?: string;
  /** Null if it is longer than a beacon can be. */
  body: string | null;
}

/** Every path that React Router could match to a story or a chapter. */
export const STORY_PATH = /^\/+story\//i;

/** The methods that story and chapter pages answer. */
export const PAGE_METHODS = ["GET", "HEAD", "POST"];

/** The most bytes in a beacon's body, which holds one referrer and the tags of one address. */
export const MAX_BODY_BYTES = 4096;
/** The most bytes of a longer body that are read and discarded before it is refused. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/** The answer to a request that cannot be a view from one of our pages. */
export const refusal = (status: 403 | 405 | 413): ViewAnswer => ({
  status,
  outcome: notCounted("refused"),
});

/** The answer to a view of a page that does not exist. */
export const unknownPage = (): ViewAnswer => ({ status: 404, outcome: notCounted("unknown-target") });

/** Checks what an adapter read, and counts it if it is a view. */
export async function answerPost(countView: CountView, post: ViewPost): Promise<ViewAnswer> {
  const { requestId, header, address } = post;
  if (post.body === null) return refusal(413);
  const chapter = post.chapter === undefined ? undefined : chapterNumber(post.chapter);
  if (!post.slug || chapter === null) return unknownPage();
  const slug = composeSlug(post.slug);
  return countView({ requestId, slug, chapter, header, address, ...readBeacon(post.body) });
}

/** A segment of a path, percent-decoded; null if it cannot be decoded. */
export function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

/**
 * Collects a body piece by piece. A body that is too long is still read, within limits: a client that is sending when the
 * connection closes never reads the answer.
 */
export function collectBody() {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  return {
    /** @returns false once there is no point in reading on. */
    add(piece: Uint8Array): boolean {
      bytes += piece.length;
      if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
      return bytes <= MAX_DISCARDED_BYTES;
    },
    /** The body, or null if it is longer than a beacon can be. */
    text: () => (bytes > MAX_BODY_BYTES ? null : Buffer.concat(pieces).toString()),
  };
}

/** Encodes an answer for HTTP: the outcome as JSON, and in `X-Tidemark-Outcome` as `counted` or the reason why not. */
export function encodeAnswer({ status, outcome }: ViewAnswer) {
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "X-Tidemark-Outcome": outcome.counted ? "counted" : (outcome.reason ?? "duplicate"),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  };
  if (status === 405) headers.Allow = PAGE_METHODS.join(", ");
  // The rest of an endless body is not read.
  if (status === 413) headers.Connection = "close";
  return { headers, body: JSON.stringify(outcome) };
}

const chapterNumber = (text: string) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : null);

/** Reads the beacon that the page sends. A body of another kind is a view all the same, without a referrer. */
function readBeacon(body: string): Pick<ViewRequest, "referrer" | "tags" | "automated"> {
  try {
    const beacon = JSON.parse(body) as { referrer?: unknown; tags?: unknown; automated?: unknown } | null;
    const referrer = typeof beacon?.referrer === "string" ? beacon.referrer : undefined;
    const tags = typeof beacon?.tags === "object" && beacon.tags !== null ? beacon.tags : undefined;
    return { referrer, tags, automated: beacon?.automated === true };
  } catch {
    return {};
  }
}
