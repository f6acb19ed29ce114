import type { LoaderFunctionArgs } from "@remix-run/node";
import { currentUser } from "~/auth/current-user";
import { hasOptedOut } from "~/auth/opt-out";
import type { SignedInUser } from "~/auth/sessions";
import { hasPrivacySignal } from "~/tracker/exclusion";
import type { Exclusion } from "~/tracker/outcome";
import type { Viewer } from "~/tracker/viewer";
import { findPages } from "./find-pages";
import { readCountedAt } from "./read-counted-at";

/** What /me says of one page. */
export interface PageOutcome {
  title: string;
  story: string;
  path: string;
  state: "counted" | "not-counted" | "author" | "unknown";
  /** ISO: when the view was that counts, and from when on another one will; null unless it is counted. */
  at: string | null;
  until: string | null;
}

/** Who asks, as counting sees them. */
export interface AskingVisitor {
  browser: { named: boolean; robot: boolean };
  viewer: Viewer;
  optedOut: boolean;
}

/** Tells who made a request, as counting does (`ingest/visitor`); `windowMs` is the dedupe window. */
type DescribeVisitor = (
  request: { header(name: string): string | undefined; address: string },
  user: SignedInUser | null,
  windowMs: number,
) => AskingVisitor;

/** The page about this reader: what is counted of them, and what keeps their views from counting. Counts nothing, and writes nothing. */
export async function loadMePage(
  { context, request }: Pick<LoaderFunctionArgs, "context" | "request">,
  describeVisitor: DescribeVisitor,
) {
  const { runtime } = context;
  const { env, window } = runtime;
  const user = await currentUser(context, request);
  const header = (name: string) => request.headers.get(name) ?? undefined;
  const visitor = describeVisitor({ header, address: context.address }, user, window.length);
  const now = Date.now();
  const cameFrom = new URL(request.url).searchParams.get("page");
  const found = await findPages(runtime.db, cameFrom, user?.id ?? null);
  const countedAt = await readCountedAt(
    runtime,
    visitor.viewer,
    found.map(({ target }) => target),
    now,
  );
  const signal = hasPrivacySignal(header);
  const pages = found.map(({ title, story, path, staff }, i): PageOutcome => {
    const at = countedAt[i] ?? null;
    const known = typeof at === "number";
    return {
      title,
      story,
      path,
      state: user && staff.includes(user.id) ? "author" : known ? "counted" : (at ?? "not-counted"),
      at: known ? new Date(at).toISOString() : null,
      until: known ? new Date(at + window.length).toISOString() : null,
    };
  });
  return {
    now: new Date(now).toISOString(),
    windowMs: window.length,
    name: user?.name ?? null,
    /** Where this reader has opted out. */
    optedOut: { account: user?.optedOut === true, browser: hasOptedOut(header("cookie")) },
    signal: { sent: signal, honoured: env.HONOUR_PRIVACY_SIGNALS },
    exclusion: firstExclusion(visitor, signal && env.HONOUR_PRIVACY_SIGNALS),
    pages,
    cameFrom,
  };
}

/** Why no view of this browser counts, whichever page it is of: in the order in which views are judged (tracker/exclusion.ts). */
function firstExclusion({ browser, optedOut }: AskingVisitor, asksForPrivacy: boolean): Exclusion | null {
  if (!browser.named) return "no-user-agent";
  if (browser.robot) return "robot";
  if (optedOut) return "opted-out";
  return asksForPrivacy ? "privacy-signal" : null;
}
