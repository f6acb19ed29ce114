import {
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { writeAudit } from "~/platform/audit";
import { formatCount } from "~/shared/format";

export const meta: MetaFunction = () => [
  { title: "Your account · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  const { id, name, email } = await requirePermission(context, request, "account.view");
  const sessions = await context.runtime.db.session.count({
    where: { userId: id, expiresAt: { gt: new Date() } },
  });
  return { name, email, sessions };
}

/** Ends every session of this person, the one that asks included. */
export async function action({ context, request }: ActionFunctionArgs) {
  const user = await requirePermission(context, request, "account.view");
  const { sessions, db } = context.runtime;
  const ended = await sessions.signOutEverywhere(user.id);
  await writeAudit(db, user, { action: "account.sign-out", target: `user ${user.id}`, after: { ended } });
  throw redirect("/login", { status: 303, headers: await sessions.signOut(request) });
}

export default function Account() {
  const { name, email, sessions } = useLoaderData<typeof loader>();
  return (
    <main className="mx-auto max-w-[28rem] px-5 pt-12 pb-24 sm:pt-20">
      <h1 className="font-serif text-3xl font-medium tracking-tight">{name}</h1>
      <p className="mt-3 font-serif text-base text-ink-muted">{email}</p>
      <form method="post" action="/logout" className="mt-8">
        <button type="submit" className="button button-quiet">
          Log out here
        </button>
      </form>
      <p className="figures mt-8 text-sm">
        You are logged in on {formatCount(sessions, "device")}, this one included. If one of them is not with
        you any more, log out everywhere and log in again here.
      </p>
      <Form method="post" className="mt-5" reloadDocument>
        <button type="submit" className="button">
          Log out everywhere
        </button>
      </Form>
    </main>
  );
}
