import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseMessageId, readInbox } from "~/alerts/inbox";
import { openPage } from "~/console/open-page";

/** The inbox, as one person sees it. */
export async function loadInboxPage(args: LoaderFunctionArgs) {
  const { db, now, user, query, panel } = await openPage(args, "alerts.view");
  const before = parseMessageId(query.get("before"));
  return { now, newest: before === null, inbox: await panel("The inbox", readInbox(db, user.id, before)) };
}
