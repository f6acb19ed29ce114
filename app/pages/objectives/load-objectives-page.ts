import type { LoaderFunctionArgs } from "@remix-run/node";
import { can } from "~/auth/permissions";
import { openPage } from "~/console/open-page";
import { readObjectives } from "./read-objectives";

/** The objectives as of one moment, and whether the user may change their targets. */
export async function loadObjectivesPage(args: LoaderFunctionArgs) {
  const { runtime, db, now, user, panel } = await openPage(args, "admin.view");
  const { objectives: targets, sync } = runtime.settings.current();
  return {
    now,
    objectives: await panel("The objectives", readObjectives(db, targets, now)),
    intervalHours: sync.intervalHours,
    mayChange: can(user.role, "settings.change"),
  };
}
