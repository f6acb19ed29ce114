import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { readDemo } from "./demo/read-demo";
import { readFirstSteps } from "./first-steps/read-first-steps";
import { parseRange } from "./parse-range";
import { readOverview } from "./read-overview";
import { overviewSources, readStart } from "./sources";

/** The overview over the range that the address names. */
export async function loadOverviewPage(args: LoaderFunctionArgs) {
  const { runtime, user, now, query, panel } = await openPage(args, "admin.view");
  const selection = parseRange(query, now.getTime(), await readStart(runtime.db));
  const [overview, demo, steps] = await Promise.all([
    readOverview(overviewSources(runtime), selection, now, panel),
    panel("What is made up on this demo", readDemo(runtime, user)),
    panel("The first steps", readFirstSteps(runtime, user, now)),
  ]);
  return { ...overview, selection, demo, steps };
}
