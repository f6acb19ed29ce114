import { type Firing, readFiring } from "~/alerts/firing";
import type { OverviewPanel } from "../overview-panel";

/** The alerts that are firing. */
export const alerts: OverviewPanel<Firing> = {
  name: "The list of alerts",
  rereadAfter: "any",
  read: ({ db }, _selection, now) => readFiring(db, now),
};
