import type { AppLoadContext } from "@remix-run/node";
import type { SignedInUser } from "./sessions";

/** Each HTTP request has its own context, so all loaders of a page share one look-up. */
const lookedUp = new WeakMap<AppLoadContext, Promise<SignedInUser | null>>();

/** The user who is signed in for this request, or null. */
export function currentUser(context: AppLoadContext, request: Request): Promise<SignedInUser | null> {
  let user = lookedUp.get(context);
  if (!user) {
    user = context.runtime.sessions.userOf(request.headers.get("Cookie"));
    lookedUp.set(context, user);
  }
  return user;
}
