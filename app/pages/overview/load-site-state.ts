import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { state } from "./panels/state";
import { parseRange } from "./parse-range";
import { overviewSources } from "./sources";

/** The state of the site, for the pages of operators. Its failure affects no page: the state is then unknown. */
export async function loadSiteState(args: LoaderFunctionArgs) {
  const { runtime, now, query, panel } = await openPage(args, "admin.view");
  const selection = parseRange(query, now.getTime());
  return panel(state.name, state.read(overviewSources(runtime), selection, now));
}
