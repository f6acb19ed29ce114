import type { OverviewPanel } from "../overview-panel";
import { type FallbackView, listFallbacks } from "../queries/fallbacks";

const ROWS = 10;

/** The latest views that were counted directly in the database. */
export const fallbacks: OverviewPanel<FallbackView[]> = {
  name: "The list of fallback views",
  rereadAfter: ["mode", "sample"],
  read: ({ db }) => listFallbacks(db, ROWS),
};
