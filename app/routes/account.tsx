import {
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { AccountPage } from "~/pages/account/account-page";
import { clearCache } from "~/pages/account/clear-cache";

export const meta: MetaFunction = () => [
  { title: "Your account · Tidemark" },
  { name: "robots", content: "noindex" },
];

/** Who is signed in, and on how many devices. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const { id, name, email } = await requirePermission(context, request, "account.view");
  const sessions = await context.runtime.db.session.count({
    where: { userId: id, expiresAt: { gt: new Date() } },
  });
  return { name, email, sessions };
}

/** Ends every session of this person, including the current one. */
export async function action({ context, request }: ActionFunctionArgs) {
  const user = await requirePermission(context, request, "account.view");
  const { sessions } = context.runtime;
  const ended = await sessions.signOutEverywhere(user.id);
  // To the log, not to the audit: what readers do with their own accounts must not stay for ever.
  context.log.info({ user: user.id, ended }, "a user ended all of their sessions");
  throw redirect("/login", { status: 303, headers: clearCache(await sessions.signOut(request)) });
}

export default function AccountRoute() {
  return <AccountPage {...useLoaderData<typeof loader>()} />;
}
