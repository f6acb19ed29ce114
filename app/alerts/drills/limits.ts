// In a separate file, because the page in the browser needs these numbers too.

/** How long a drill may last, seconds. */
export const SHORTEST_DRILL_SECONDS = 5;
export const LONGEST_DRILL_SECONDS = 900;
/** Views that each process sends in a drill: enough to prove that its fallback counts, and that reconcile agrees. */
export const PROBES_PER_PROCESS = 3;
