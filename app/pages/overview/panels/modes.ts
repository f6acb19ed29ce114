import { formatCount, formatDuration, formatPercent } from "~/shared/format";
import { modeName } from "~/shared/labels";
import { type SampleRange, spanOf } from "~/shared/series";
import { inReports, type OverviewPanel } from "../overview-panel";
import { type ModeHistory, readHistory } from "../queries/mode-history";
import type { Lane } from "../queries/mode-lanes";

/** Where each web process counted over the range. */
export const modes: OverviewPanel<ModeHistory & { title: string }> = {
  name: "The history of modes",
  rereadAfter: "any",
  async read({ db, mode, process, countsInRedis = true }, { range }, now) {
    const { from, to } = spanOf(range, now.getTime());
    const history = await readHistory(db, { from, to }, { ...mode(), process }, now.getTime(), countsInRedis);
    return { ...history, title: modesTitle(history.combined, history, range, now) };
  },
};

/** How much of the time views were counted in Redis, and how long they were not. */
function modesTitle(
  { segments }: Lane,
  { annotations, from }: Pick<ModeHistory, "annotations" | "from">,
  range: SampleRange,
  now: Date,
) {
  const [first, last] = [segments[0], segments.at(-1)];
  if (!first || !last) return "Counting · no web process reported in this range";
  const when = inReports(range, { from, to: from, stepSeconds: 60 }, first.from, now);
  const modes = new Set(segments.map(({ mode }) => mode));
  if (modes.size === 1) return `Counting · in ${modeName(last.mode)} ${when}`;
  const length = (found: typeof segments) => found.reduce((sum, { from: start, to }) => sum + to - start, 0);
  const share = length(segments.filter(({ mode }) => mode === "redis")) / length(segments);
  const outages = annotations.filter(({ kind }) => kind === "outage");
  const longest = Math.max(0, ...outages.map((outage) => outage.to - outage.from));
  return [
    `Counting · Redis ${formatShare(share)} ${when}`,
    ...(outages.length
      ? [
          `${formatCount(outages.length, "outage")}, ${outages.length === 1 ? "of" : "the longest"} ${formatDuration(longest / 1000)}`,
        ]
      : []),
  ].join("; ");
}

/** Never "100%" where some were counted elsewhere. */
const formatShare = (share: number) =>
  formatPercent(share > 0.995 ? Math.min(share, 0.999) : share, share > 0.9 ? 1 : 0);
