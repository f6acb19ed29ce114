import type { LoaderFunctionArgs } from "@remix-run/node";
import { can } from "~/auth/permissions";
import { openPage } from "~/console/open-page";
import { isPaused } from "~/platform/settings";
import { findScheduleFaults } from "~/telemetry/sync-schedule";
import { withTimeoutOrNull } from "~/tracker/timeout";
import { THROUGHPUT_RANGES, throughputSeries } from "./throughput-series";

const FAULTS_TIMEOUT_MS = 1000;

/**
 * Everything on the queues' page. It comes from Redis, which is given a second or two: after that the page shows what this process
 * read last, with its time. `?range=` selects the range of the chart.
 */
export async function loadQueuesPage(args: LoaderFunctionArgs) {
  const { runtime, now, user, query } = await openPage(args, "queues.view");
  const { sync } = runtime.settings.current();
  const queue = runtime.env.REDIS_URL ? runtime.queue.queue() : null;
  const range = THROUGHPUT_RANGES.find(({ key }) => key === query.get("range")) ?? THROUGHPUT_RANGES[0];
  const [state, throughput, faults] = await Promise.all([
    runtime.readQueue(),
    runtime.readThroughput(),
    queue &&
      withTimeoutOrNull(
        FAULTS_TIMEOUT_MS,
        findScheduleFaults(queue, Math.round(sync.intervalHours * 3_600_000), now.getTime()),
      ),
  ]);
  return {
    now,
    range: range.key,
    rangeWords: range.words,
    queue: queue !== null,
    state,
    faults: (faults ?? []).map(({ what }) => what),
    pausedUntil: isPaused(sync, now.getTime()) ? sync.pausedUntil : null,
    mayChange: can(user.role, "queues.change"),
    throughput: throughput.data && throughputSeries(throughput.data, range, now.getTime()),
  };
}
