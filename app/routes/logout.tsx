import {
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { siteOrigin } from "~/platform/site-origin";
import { pageMeta } from "~/ui/shell/page-meta";

/** A GET ends nothing, or any image on any page could log people out: it asks. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const user = await currentUser(context, request);
  if (!user) throw redirect("/");
  return { name: user.name, origin: siteOrigin(context.runtime.env, request) };
}

export async function action({ request, context }: ActionFunctionArgs) {
  throw redirect("/", { status: 303, headers: await context.runtime.sessions.signOut(request) });
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

export default function LogOut() {
  const { name } = useLoaderData<typeof loader>();
  return (
    <main className="mx-auto max-w-[24rem] px-5 pt-12 pb-24 sm:pt-20">
      <h1 className="font-serif text-3xl font-medium tracking-tight">Log out?</h1>
      <p className="mt-3 font-serif text-base text-ink-muted">You are logged in as {name}.</p>
      <Form method="post" className="mt-8" reloadDocument>
        <button type="submit" className="button">
          Log out
        </button>
      </Form>
    </main>
  );
}
