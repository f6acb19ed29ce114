import {
  type ActionFunctionArgs,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { readDemoRoles } from "~/auth/demo-accounts";
import { askedPage, landingOf } from "~/auth/landing";
import { sendPassword } from "~/pages/account/log-in-action";
import { LogInPage } from "~/pages/account/log-in-page";
import { publicOrigin } from "~/platform/site-origin";
import { pageMeta } from "~/ui/shell/page-meta";

declare module "@remix-run/node" {
  interface AppLoadContext {
    /** Set once the form has been answered: the page then shows that answer, even to a person who is logged in. */
    logInAnswered?: boolean;
  }
}

/** The page to open after the log-in, and the demo's accounts. People who are logged in already go there at once. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { db, env } = context.runtime;
  const next = askedPage(new URL(request.url).searchParams.get("next"));
  // A redirect here would make a wrong password look like a success, to the page and to the limit on attempts.
  const user = context.logInAnswered ? null : await currentUser(context, request);
  if (user) throw redirect(next || landingOf(user.role));
  return { next, demoRoles: await readDemoRoles(db, env), origin: publicOrigin(env) };
}

/** Logs in and opens the requested page, asks for a code, or shows the form again with its errors. */
export async function action({ request, context }: ActionFunctionArgs) {
  context.logInAnswered = true;
  return sendPassword({ request, context });
}

/** Copies `Retry-After` from the action to the page, which Remix does not do by itself. */
export const headers: HeadersFunction = ({ actionHeaders }) => actionHeaders;

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data
    ? pageMeta({
        title: "Log in · Tidemark",
        description: "Log in to Tidemark to keep your place in every story.",
        origin: data.origin,
        path: "/login",
        hidden: true,
      })
    : [];

export default function LogInRoute() {
  const { next, demoRoles } = useLoaderData<typeof loader>();
  return <LogInPage next={next} demoRoles={demoRoles} failure={useActionData<typeof action>()} />;
}
