import {
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { dispatchAction } from "~/console/dispatch-action";
import { accountActions } from "~/pages/account/account-actions";
import { AccountPage } from "~/pages/account/account-page";
import { clearCache } from "~/pages/account/clear-cache";
import { loadAccountPage } from "~/pages/account/load-account-page";
import { keepForm } from "~/ui/forms/keep-form";
// For the forms, which it shares with the consoles.
import "../console.css";

export const meta: MetaFunction = () => [
  { title: "Your account · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadAccountPage(args);

/** The page's forms. "Log out everywhere" is not one of its actions, as it leads to another page. */
export async function action(args: ActionFunctionArgs) {
  const form = await args.request
    .clone()
    .formData()
    .catch(() => new FormData());
  if (form.get("intent") === "sign-out-everywhere") throw await signOutEverywhere(args);
  return dispatchAction(args, "account.view", accountActions(args));
}

/** Ends every session of this person, including the current one. */
async function signOutEverywhere({ context, request }: ActionFunctionArgs) {
  const user = await requirePermission(context, request, "account.view");
  const { sessions, auth } = context.runtime;
  const ended = await sessions.signOutEverywhere(user.id);
  // To the log, not to the audit: what readers do with their own accounts must not stay for ever.
  auth.security.record(context.log, "sessions-ended", { userId: user.id, count: ended });
  return redirect("/login", { status: 303, headers: clearCache(await sessions.signOut(request)) });
}

export const clientAction = keepForm;

export default function AccountRoute() {
  return <AccountPage {...useLoaderData<typeof loader>()} />;
}
