import type { LoaderFunctionArgs } from "@remix-run/node";
import { type Permission, requirePermission } from "~/auth/permissions";
import { loadPanel, type Panel } from "~/shared/panel";

/** Loads one part of a page. If that fails, the error is logged and one line appears in its place. */
export type LoadPanel = <T>(what: string, work: Promise<T>) => Promise<Panel<T>>;

/**
 * The start of every loader of the console: checks the permission, and fixes one time for everything that the page shows.
 * @throws a redirect to the log-in page, or a 403.
 */
export async function openPage(
  { context, request }: Pick<LoaderFunctionArgs, "context" | "request">,
  permission: Permission,
) {
  const user = await requirePermission(context, request, permission);
  const { runtime } = context;
  const query = new URL(request.url).searchParams;
  return { runtime, db: runtime.db, user, now: new Date(), query, panel: panelLoader({ context, request }) };
}

/** Follows a panel as a span, where tracing is on. */
const traced = <T>(
  { runtime: { tracing } }: LoaderFunctionArgs["context"],
  what: string,
  work: Promise<T>,
): Promise<T> => (tracing ? tracing.span(`panel: ${what}`, () => work) : work);

/** Loads the panels of the page that is requested, and names it in the log. */
export const panelLoader =
  ({ context, request }: Pick<LoaderFunctionArgs, "context" | "request">): LoadPanel =>
  (what, work) =>
    loadPanel(what, context.runtime.inFlight.track(traced(context, what, work)), (failed, error) =>
      context.log.error(
        { err: error, what: failed, page: new URL(request.url).pathname },
        "a panel could not be loaded",
      ),
    );
