import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { listFallbacks } from "./queries/fallbacks";

const ROWS = 50;

/** The latest fallback views, and the time of reading. */
export async function loadFallbacks(args: LoaderFunctionArgs) {
  const { db, now, panel } = await openPage(args, "admin.view");
  return { now, views: await panel("The list of fallback views", listFallbacks(db, ROWS)) };
}
