import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { erasePerson, planErasure } from "~/auth/personal-data/erase-person";
import { clearCache } from "~/pages/account/clear-cache";
import { DeletePage } from "~/pages/account/delete-page";
import { askerOf, describeRefusal } from "~/pages/account/log-in-action";

export const meta: MetaFunction = () => [
  { title: "Delete your account · Tidemark" },
  { name: "robots", content: "noindex" },
];

async function plan({ context, request }: Pick<LoaderFunctionArgs, "context" | "request">) {
  const user = await requirePermission(context, request, "account.view");
  const { pools, readerMemory, queue } = context.runtime;
  const stores = { pool: pools.work, memory: readerMemory, queue: queue.queue() };
  const planned = await planErasure(stores, user.id);
  return { user, stores, stories: planned?.stories ?? [], onlyOperator: planned?.onlyOperator ?? false };
}

/** What would keep the account from being deleted. */
export async function loader(args: LoaderFunctionArgs) {
  const { user, stories, onlyOperator } = await plan(args);
  return { email: user.email, stories: stories.map(({ title }) => title), onlyOperator };
}

/** Erases the signed-in person, after their password. Not audited: the audit could not forget it. */
export async function action(args: ActionFunctionArgs) {
  const { context, request } = args;
  const { user, stores, stories, onlyOperator } = await plan(args);
  const form = await request.formData().catch(() => new FormData());
  if (form.get("sure") !== "on")
    return json(
      { errors: { sure: "Tick the box, so that this does not happen by accident." } },
      { status: 422 },
    );
  const { sessions, auth } = context.runtime;
  const password = String(form.get("password") ?? "");
  const check = await auth.logIn.checkPassword(user.email, password, askerOf(context, request));
  if (check.result !== "ok") {
    const { status, message } = describeRefusal(check, "This is not your password.");
    return json({ errors: { password: message } }, { status: status === 401 ? 422 : status });
  }
  // The page says why, and how to go on.
  if (stories.length > 0 || onlyOperator) return json({ errors: {} }, { status: 409 });
  const headers = clearCache(await sessions.signOut(request));
  const { redisError } = await erasePerson(stores, user.id, { reassignTo: null });
  context.log.info({ user: user.id, redisError }, "a user deleted their account");
  throw redirect("/", { status: 303, headers });
}

export default function DeleteRoute() {
  const errors: { password?: string; sure?: string } = useActionData<typeof action>()?.errors ?? {};
  return <DeletePage {...useLoaderData<typeof loader>()} errors={errors} />;
}
