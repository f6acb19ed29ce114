import type { AppLoadContext } from "@remix-run/node";
import type { SessionUser } from "./sessions";

/** Notes that a user takes data out of the site: which file, not with which filter. */
export function recordExport(context: AppLoadContext, request: Request, user: Pick<SessionUser, "id">): void {
  const path = new URL(request.url).pathname;
  context.runtime.auth.security.record(context.log, "export", { userId: user.id, path });
}
