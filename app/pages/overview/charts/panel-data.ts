import type { SerializeFrom } from "@remix-run/node";
import type { Overview } from "../read-overview";

/** The data of one panel of the overview, as the loader delivers it to the page. */
export type PanelData<P extends keyof Overview> = Extract<SerializeFrom<Overview>[P], { ok: true }>["data"];

/** What every figure of the samples takes; `query` is the page's query string, which holds the range. */
export interface SamplesFigureProps {
  samples: PanelData<"samples">;
  query: string;
}
