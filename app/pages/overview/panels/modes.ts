import { formatNumber } from "~/shared/format";
import { modeName } from "~/shared/labels";
import { spanOf } from "~/shared/series";
import type { OverviewPanel } from "../overview-panel";
import { type ModeHistory, readHistory } from "../queries/mode-history";
import type { Lane } from "../queries/mode-lanes";

/** Where each web process counted over the range. */
export const modes: OverviewPanel<ModeHistory & { title: string }> = {
  name: "The history of modes",
  rereadAfter: "any",
  async read({ db, mode, process, countsInRedis = true }, { range }, now) {
    const { from, to } = spanOf(range, now.getTime());
    const history = await readHistory(db, { from, to }, { ...mode(), process }, now.getTime(), countsInRedis);
    return { ...history, title: modesTitle(history.combined) };
  },
};

function modesTitle({ segments }: Lane) {
  const last = segments.at(-1);
  if (!last) return "No web process reported in this range";
  const changes = segments.filter(
    (segment, position) => position > 0 && segments[position - 1]?.mode !== segment.mode,
  ).length;
  if (changes === 0) return `Views were counted in ${modeName(last.mode)} throughout`;
  const times = changes === 1 ? "once" : `${formatNumber(changes)} times`;
  return `Counting moved ${times}, most recently to ${modeName(last.mode)}`;
}
