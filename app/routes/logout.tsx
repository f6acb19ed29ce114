import {
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { clearCache } from "~/pages/account/clear-cache";
import { LogOutPage } from "~/pages/account/log-out-page";
import { publicOrigin } from "~/platform/site-origin";
import { pageMeta } from "~/ui/shell/page-meta";

/** A GET only shows the question: if it logged people out, any image on any page could do so. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const user = await currentUser(context, request);
  if (!user) throw redirect("/");
  return { name: user.name, origin: publicOrigin(context.runtime.env) };
}

/** Ends the session of this browser. */
export async function action({ request, context }: ActionFunctionArgs) {
  throw redirect("/", { status: 303, headers: clearCache(await context.runtime.sessions.signOut(request)) });
}

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data
    ? pageMeta({
        title: "Log out · Tidemark",
        description: "Log out of Tidemark on this device.",
        origin: data.origin,
        path: "/logout",
        hidden: true,
      })
    : [];

export default function LogOutRoute() {
  return <LogOutPage name={useLoaderData<typeof loader>().name} />;
}
