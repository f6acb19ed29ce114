import type { SerializeFrom } from "@remix-run/node";
import type { loadOverviewPage } from "./load-overview-page";
import type { Overview } from "./read-overview";

/** The page's data, as the browser gets it. */
export type LoadedOverview = SerializeFrom<typeof loadOverviewPage>;

/** The data of one panel of the overview, as the browser gets it. */
export type PanelData<P extends keyof Overview> = Extract<SerializeFrom<Overview>[P], { ok: true }>["data"];

/** The props of every figure of the samples. `query` is the page's query string, which holds the range. */
export interface SamplesFigureProps {
  samples: PanelData<"samples">;
  query: string;
}
