import { type ActionFunctionArgs, redirect } from "@remix-run/node";
import { currentUser } from "~/auth/current-user";
import { optOutCookie } from "~/auth/opt-out";

/**
 * Opts this browser out of counting, or back in, and with it the account of a signed-in reader: the cookie is heeded at once, the account
 * on all devices within seconds. Works without JavaScript.
 */
export async function meAction({ context, request }: Pick<ActionFunctionArgs, "context" | "request">) {
  // A body that is no form has no intent, and is refused below.
  const form = await request.formData().catch(() => new FormData());
  const intent = form.get("intent");
  if (intent !== "opt-out" && intent !== "opt-in")
    throw new Response("", { status: 400, statusText: "Bad Request" });
  const out = intent === "opt-out";
  const { db, auth } = context.runtime;
  const user = await currentUser(context, request);
  if (user) await db.user.update({ where: { id: user.id }, data: { optedOutAt: out ? new Date() : null } });
  return redirect(`/me${new URL(request.url).search}`, {
    status: 303,
    headers: { "Set-Cookie": optOutCookie({ secure: auth.secureCookies }, out) },
  });
}
