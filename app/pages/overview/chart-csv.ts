import { csvHead, csvLine } from "~/platform/csv";
import { EXCLUSIONS } from "~/shared/labels";
import { type Point, spanOf } from "~/shared/series";
import { history } from "./panels/history";
import type { RangeSelection } from "./parse-range";
import { readExclusions } from "./queries/exclusions";
import { readHistory } from "./queries/mode-history";
import { readSamples } from "./queries/samples";
import { readSyncSeries } from "./queries/sync-series";
import type { OverviewSources } from "./sources";
import { withHistory } from "./with-history";

interface CsvSeries<K extends string> {
  stepSeconds: number;
  points: (Point<K> & { before?: Record<K, number | null> | null })[];
}

/** A series as CSV. A cell is empty if nothing was reported, which is not the same as 0. */
function seriesCsv<K extends string>(
  series: CsvSeries<K>,
  columns: readonly { key: K; name: string }[],
  comparing: boolean,
): string {
  const names = columns.map(({ name }) => name);
  const head = ["bucket_begin_utc", "bucket_seconds", "unfinished", ...names];
  if (comparing) head.push(...names.map((name) => `before_${name}`));
  return [
    csvHead(head),
    ...series.points.map((point) =>
      csvLine([
        new Date(point.at),
        series.stepSeconds,
        point.unfinished,
        ...columns.map(({ key }) => point.values?.[key] ?? null),
        ...(comparing ? columns.map(({ key }) => point.before?.[key] ?? null) : []),
      ]),
    ),
  ].join("");
}

type ReadChart = (sources: OverviewSources, selection: RangeSelection, now: Date) => Promise<string>;

const VIEWS = ["redis", "database", "journal", "failed"] as const;
const SYNCS = [
  { key: "duration", name: "slowest_ms" },
  { key: "moved", name: "moved_views" },
  { key: "failed", name: "failed_syncs" },
] as const;

const viewsCsv =
  (
    columns: Parameters<
      typeof seriesCsv<
        "redis" | "database" | "journal" | "failed" | "p50" | "p99" | "duplicates" | "excluded"
      >
    >[1],
  ): ReadChart =>
  async ({ db }, { range, compareMs }, now) =>
    seriesCsv((await readSamples(db, range, now, compareMs)).views, columns, compareMs !== null);

const unsyncedCsv =
  (key: "unsynced" | "lag", name: string): ReadChart =>
  async ({ db }, { range, compareMs }, now) =>
    seriesCsv((await readSamples(db, range, now, compareMs)).unsynced, [{ key, name }], compareMs !== null);

/** The numbers behind each chart of the overview, by the name of the file. */
export const CHART_CSV: Record<string, ReadChart> = {
  "views.csv": async (sources, selection, now) => {
    const { range, compareMs } = selection;
    const [{ views }, unsampled] = await Promise.all([
      readSamples(sources.db, range, now, compareMs),
      history.read(sources, selection, now),
    ]);
    const columns = [...VIEWS, "history" as const].map((key) => ({ key, name: `${key}_views` }));
    return seriesCsv(withHistory(views, unsampled), columns, compareMs !== null);
  },
  "latency.csv": viewsCsv([
    { key: "p50", name: "p50_us" },
    { key: "p99", name: "p99_us" },
  ]),
  "left-out.csv": viewsCsv([
    { key: "duplicates", name: "repeats" },
    { key: "excluded", name: "not_to_be_counted" },
  ]),
  "buffer.csv": unsyncedCsv("unsynced", "waiting_views"),
  "lag.csv": unsyncedCsv("lag", "oldest_waiting_seconds"),
  "syncs.csv": async ({ db, syncIntervalHours }, { range }, now) => {
    const span = spanOf(range, now.getTime());
    const { series } = await readSyncSeries(db, span, syncIntervalHours * 3600, now.getTime());
    return seriesCsv(series, SYNCS, false);
  },
  "reasons.csv": async ({ db }, { range }, now) => {
    const series = await readExclusions(db, range, now);
    const columns = EXCLUSIONS.map((key) => ({ key, name: key.replaceAll("-", "_") }));
    return series ? seriesCsv(series, columns, false) : csvHead(["bucket_begin_utc", ...EXCLUSIONS]);
  },
  "modes.csv": async (sources, { range }, now) => {
    const { db, process, mode, countsInRedis = true } = sources;
    const history = await readHistory(
      db,
      spanOf(range, now.getTime()),
      { ...mode(), process },
      now.getTime(),
      countsInRedis,
    );
    const lanes = [history.combined, ...history.lanes, history.operations];
    return [
      csvHead(["band", "mode", "from_utc", "to_utc", "reason"]),
      ...lanes.flatMap((lane) =>
        lane.segments.map(({ mode: counted, from, to, reason }) =>
          csvLine([lane.name, counted, new Date(from), new Date(to), reason]),
        ),
      ),
    ].join("");
  },
};
