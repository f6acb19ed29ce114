import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { doAlertDeed } from "~/pages/alerts/actions";
import { AlertsPage } from "~/pages/alerts/alerts-page";
import { loadAlertsPage } from "~/pages/alerts/load-alerts-page";
import { useRefresh } from "~/ui/use-refresh";

const REFRESH_MS = 5000;

export const meta: MetaFunction = () => [
  { title: "Alerts · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "alerts.view");
  const { db, log } = context.runtime;
  return loadAlertsPage(db, new Date(), (what, error) =>
    log.error({ err: error, what }, "a panel of the page Alerts failed"),
  );
}

export async function action({ context, request }: ActionFunctionArgs) {
  const user = await requirePermission(context, request, "alerts.change");
  const { db, env } = context.runtime;
  return doAlertDeed(
    {
      db,
      actor: user,
      allowPrivate: env.WEBHOOK_ALLOW_PRIVATE,
      publicUrl: env.PUBLIC_URL?.replace(/\/+$/, "") ?? "",
      now: new Date(),
    },
    await request.formData(),
  );
}

export default function Alerts() {
  const data = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>() ?? null;
  useRefresh(REFRESH_MS);
  return <AlertsPage data={data} answer={answer} />;
}
