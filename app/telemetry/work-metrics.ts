import { Counter, Histogram, type Registry } from "prom-client";

/** Counts what a process does in the background: a worker's syncs, and what any process may do for the others. */
export interface WorkMetrics {
  /** A sync ended. */
  synced(run: { seconds: number; views: number; failed: boolean }): void;
  /** A round of reconcile ended; `partly` left rows for the next one. */
  reconciled(outcome: "done" | "partly" | "failed", rows: number): void;
  /** This process evaluated the alert rules, or could not. */
  evaluated(outcome: "done" | "failed"): void;
  /** Attempts to deliver notifications. */
  delivered(delivered: number, failed: number): void;
}

/** Seconds: a quiet sync takes a tenth, one of a day's views on a large site minutes. */
const SYNC_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** Creates the metrics of background work in a process's registry. */
export function createWorkMetrics(registry: Registry): WorkMetrics {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const syncs = new Histogram({
    name: "tidemark_sync_seconds",
    help: "Duration of syncs, by outcome (done, failed)",
    labelNames: ["outcome"],
    buckets: SYNC_SECONDS,
    registers,
  });
  const moved = counter("tidemark_synced_views_total", "Views that syncs moved to Postgres");
  const rounds = counter(
    "tidemark_reconcile_rounds_total",
    "Rounds of reconcile, by outcome (done, partly, failed)",
    ["outcome"],
  );
  const rows = counter("tidemark_reconciled_rows_total", "Fallback rows that reconcile compared with Redis");
  const evaluations = counter(
    "tidemark_alert_evaluations_total",
    "Evaluations of the alert rules by this process, by outcome (done, failed)",
    ["outcome"],
  );
  const deliveries = counter(
    "tidemark_deliveries_total",
    "Attempts to deliver notifications, by outcome (delivered, failed)",
    ["outcome"],
  );

  return {
    synced({ seconds, views, failed }) {
      syncs.observe({ outcome: failed ? "failed" : "done" }, seconds);
      moved.inc(views);
    },
    reconciled(outcome, compared) {
      rounds.inc({ outcome });
      rows.inc(compared);
    },
    evaluated: (outcome) => evaluations.inc({ outcome }),
    delivered(delivered, failed) {
      deliveries.inc({ outcome: "delivered" }, delivered);
      deliveries.inc({ outcome: "failed" }, failed);
    },
  };
}
