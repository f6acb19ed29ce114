import type { AppLoadContext } from "@remix-run/node";
import type { SessionUser } from "./sessions";

/** The context is made anew for every HTTP request, so all loaders of one page share one look-up. */
const lookedUp = new WeakMap<AppLoadContext, Promise<SessionUser | null>>();

/** The signed-in person of this request, or null. */
export function currentUser(context: AppLoadContext, request: Request): Promise<SessionUser | null> {
  let user = lookedUp.get(context);
  if (!user) {
    user = context.runtime.sessions.userOf(request.headers.get("Cookie"));
    lookedUp.set(context, user);
  }
  return user;
}
