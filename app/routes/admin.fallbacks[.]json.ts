import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { loadFallbacks } from "~/pages/overview/load-fallbacks";

/** The latest views that were counted in the database, for the list that operators open below the incidents. */
export const loader = async (args: LoaderFunctionArgs) => json(await loadFallbacks(args));
