import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { loadSiteState } from "~/pages/overview/load-site-state";

/** The state of the site, for open pages without a live connection. */
export const loader = async (args: LoaderFunctionArgs) => json(await loadSiteState(args));
