import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { erasePerson, RefusedErasure, whatKeeps } from "~/auth/personal-data/erase-person";
import { clearCache } from "~/pages/account/clear-cache";
import { DeletePage } from "~/pages/account/delete-page";
import { askerOf, describeRefusal } from "~/pages/account/log-in-action";

export const meta: MetaFunction = () => [
  { title: "Delete your account · Tidemark" },
  { name: "robots", content: "noindex" },
];

/** What would keep the account from being deleted. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "account.view");
  return { email: user.email, ...(await whatKeeps(context.runtime.pools.pages, user.id)) };
}

/** Erases the signed-in person, after their password. Not audited: the audit could not forget it. */
export async function action({ context, request }: ActionFunctionArgs) {
  const user = await requirePermission(context, request, "account.view");
  const form = await request.formData().catch(() => new FormData());
  if (form.get("sure") !== "on")
    return json(
      { errors: { sure: "Tick the box, so that this does not happen by accident." } },
      { status: 422 },
    );
  const { sessions, auth, pools, readerMemory, queue } = context.runtime;
  const password = String(form.get("password") ?? "");
  const check = await auth.logIn.checkPassword(user.email, password, askerOf(context, request));
  if (check.result !== "ok") {
    const { status, message } = describeRefusal(check, "This is not your password.");
    return json({ errors: { password: message } }, { status: status === 401 ? 422 : status });
  }
  const { stories, onlyOperator } = await whatKeeps(pools.pages, user.id);
  // The page says why, and how to go on.
  if (stories.length > 0 || onlyOperator) return json({ errors: {} }, { status: 409 });
  const stores = { pool: pools.work, memory: readerMemory, queue: queue.queue() };
  const erased = await erasePerson(stores, user.id, { reassignTo: null }).catch((error: unknown) => {
    // Another operator left at the same moment, or someone made them the author of a story.
    if (error instanceof RefusedErasure) return null;
    throw error;
  });
  if (!erased) return json({ errors: {} }, { status: 409 });
  const { redisError } = erased;
  // The session went with the account; the browser's cookie goes now.
  const headers = clearCache(await sessions.signOut(request));
  context.log.info({ user: user.id, redisError }, "a user deleted their account");
  throw redirect("/", { status: 303, headers });
}

export default function DeleteRoute() {
  const errors: { password?: string; sure?: string } = useActionData<typeof action>()?.errors ?? {};
  return <DeletePage {...useLoaderData<typeof loader>()} errors={errors} />;
}
