import type { LoaderFunctionArgs } from "@remix-run/node";
import { can } from "~/auth/permissions";
import { openPage } from "~/console/open-page";
import { readArchive } from "./read-archive";

/** The archive of old rows of views, and how long the rows of every other table stay. All of it is in Postgres. */
export async function loadArchivePage(args: LoaderFunctionArgs) {
  const { runtime, db, user, now, panel } = await openPage(args, "admin.view");
  const { archive, retention } = runtime.settings.current();
  return {
    now,
    archive: await panel("The archive", readArchive(db)),
    afterMonths: runtime.env.ARCHIVE_AFTER_MONTHS,
    paused: archive.paused,
    pausedReason: archive.reason,
    retention,
    mayChange: can(user.role, "archive.change"),
  };
}
