import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { SAMPLE_RANGES, sampleRange, spanOf } from "~/shared/series";
import { readGrowth, readLastSample, readRedisSeries } from "./read-history";

/** A sample per minute is too few for the buckets of the last hour. */
const RANGES = SAMPLE_RANGES.filter(({ stepSeconds }) => stepSeconds > 60);
const DEFAULT_RANGE = "24h";

/**
 * Everything on the page about Redis. What comes from Redis is read in parts, each given a second; the history is in Postgres. So
 * the page opens while either is away. `?range=` selects the range of the charts.
 */
export async function loadRedisPage(args: LoaderFunctionArgs) {
  const { runtime, db, now, query, panel } = await openPage(args, "admin.view");
  const { inspection } = runtime;
  const range = RANGES.find(({ key }) => key === query.get("range")) ?? sampleRange(DEFAULT_RANGE);
  const [server, keys, slow, clients, latency, series, growth, lastSample] = await Promise.all([
    inspection?.server() ?? null,
    inspection?.keys() ?? null,
    inspection?.slowCommands() ?? null,
    inspection?.clients() ?? null,
    inspection?.latency() ?? null,
    panel("The history of Redis", readRedisSeries(db, spanOf(range, now.getTime()))),
    panel("The growth of Redis", readGrowth(db, now)),
    panel("The last sample of Redis", readLastSample(db)),
  ]);
  const parts =
    server && keys && slow && clients && latency ? { server, keys, slow, clients, latency } : null;
  return {
    now,
    ranges: RANGES.map(({ key, label }) => ({ key, label })),
    range: range.key,
    rangeWords: range.words,
    parts,
    series,
    growth,
    lastSample,
  };
}
