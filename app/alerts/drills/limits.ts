/** How long a drill may last, seconds. A file of their own, because the browser's form needs them too. */
export const SHORTEST_DRILL_SECONDS = 5;
export const LONGEST_DRILL_SECONDS = 900;
