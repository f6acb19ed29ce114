import type { LoaderFunctionArgs } from "@remix-run/node";
import { readDrills } from "~/alerts/drills/read-drills";
import { openPage } from "~/console/open-page";

/** The latest drills, and the rule and channels that the next drill would use. */
export async function loadDrillPage(args: LoaderFunctionArgs) {
  const { db, now, panel } = await openPage(args, "alerts.view");
  return { now, drills: await panel("The list of drills", readDrills(db, now)) };
}
