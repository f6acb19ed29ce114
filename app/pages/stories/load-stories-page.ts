import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { findStories } from "./find-stories";
import { listDifferences } from "./list-differences";

const LONGEST_SEARCH = 200;
const LAST_PAGE = 2000;

/** The stories that match the search in the address, and those whose total differs from their history. */
export async function loadStoriesPage(args: LoaderFunctionArgs) {
  const { db, now, query, panel } = await openPage(args, "admin.view");
  // Postgres refuses NUL in text.
  const text = (query.get("q") ?? "").replaceAll("\0", "").slice(0, LONGEST_SEARCH);
  const asked = Number(query.get("page"));
  const page = Number.isInteger(asked) && asked >= 1 && asked <= LAST_PAGE ? asked : 1;
  const [found, differences] = await Promise.all([
    panel("The list of stories", findStories(db, text, page)),
    panel("The comparison with the history", listDifferences(db)),
  ]);
  return { now, text, page, found, differences };
}
