import type { LoadPanel } from "~/console/open-page";
import type { Panel } from "~/shared/panel";
import { alerts } from "./panels/alerts";
import { currentStatus } from "./panels/current-status";
import { exclusions } from "./panels/exclusions";
import { fallbacks } from "./panels/fallbacks";
import { ledger } from "./panels/ledger";
import { modes } from "./panels/modes";
import { samples } from "./panels/samples";
import { syncRuns } from "./panels/sync-runs";
import { syncs } from "./panels/syncs";
import type { RangeSelection } from "./parse-range";
import type { OverviewSources } from "./sources";

const PANELS = {
  current: currentStatus,
  alerts,
  modes,
  samples,
  syncs,
  exclusions,
  ledger,
  fallbacks,
  syncRuns,
};

type Panels = typeof PANELS;
type Loaded = { [Key in keyof Panels]: Panel<Awaited<ReturnType<Panels[Key]["read"]>>> };

/**
 * Everything on the operators' overview, as of `now`. Each panel is loaded separately, so that a failure affects no other.
 * Only the current status and the ledger read Redis, and both work without it.
 */
export async function readOverview(
  sources: OverviewSources,
  selection: RangeSelection,
  now: Date,
  panel: LoadPanel,
) {
  const loaded = await Promise.all(
    Object.entries(PANELS).map(async ([key, { name, read }]) => [
      key,
      await panel<unknown>(name, read(sources, selection, now)),
    ]),
  );
  return { now, ...(Object.fromEntries(loaded) as Loaded) };
}

export type Overview = Awaited<ReturnType<typeof readOverview>>;
