import type { LoadPanel } from "~/console/open-page";
import type { Panel } from "~/shared/panel";
import type { Change } from "~/telemetry/change-feed";
import { alerts } from "./panels/alerts";
import { currentStatus } from "./panels/current-status";
import { exclusions } from "./panels/exclusions";
import { figures } from "./panels/figures";
import { firstSteps } from "./panels/first-steps";
import { history } from "./panels/history";
import { incidents } from "./panels/incidents";
import { ledger } from "./panels/ledger";
import { modes } from "./panels/modes";
import { samples } from "./panels/samples";
import { state } from "./panels/state";
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
  syncRuns,
  figures,
  history,
  incidents,
  firstSteps,
  state,
};

type Panels = typeof PANELS;
/** Every panel, as it was loaded. */
export type Loaded = { [Key in keyof Panels]: Panel<Awaited<ReturnType<Panels[Key]["read"]>>> };

export type PanelKey = keyof Panels;

/** The panel that every page of operators follows, and all panels of the overview, which says the same in more words. */
export const STATE_PANELS: readonly PanelKey[] = ["state"];
export const OVERVIEW_PANELS = (Object.keys(PANELS) as PanelKey[]).filter((key) => key !== "state");

/** Those of some panels that must be read again after these changes. */
export const panelsAfter = (changes: ReadonlySet<Change>, of: readonly PanelKey[]): PanelKey[] =>
  of.filter((key) => {
    const { rereadAfter } = PANELS[key];
    return rereadAfter === "any" || rereadAfter.some((change) => changes.has(change));
  });

/**
 * Reads some panels of the operators' overview, as of `now`. Each is loaded separately, so that a failure affects no other.
 * Only the current status and the ledger read Redis, and both work without it.
 */
export async function readPanels(
  keys: readonly PanelKey[],
  sources: OverviewSources,
  selection: RangeSelection,
  now: Date,
  panel: LoadPanel,
): Promise<Partial<Loaded>> {
  const loaded = await Promise.all(
    keys.map(async (key) => {
      const { name, read } = PANELS[key];
      return [key, await panel<unknown>(name, read(sources, selection, now))] as const;
    }),
  );
  return Object.fromEntries(loaded) as Partial<Loaded>;
}

/** Reads the whole overview, as of `now`. */
export async function readOverview(
  sources: OverviewSources,
  selection: RangeSelection,
  now: Date,
  panel: LoadPanel,
) {
  return {
    now,
    ...((await readPanels(OVERVIEW_PANELS, sources, selection, now, panel)) as Omit<Loaded, "state">),
  };
}

export type Overview = Awaited<ReturnType<typeof readOverview>>;
