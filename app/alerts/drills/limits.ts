/** How long a drill may last, seconds. In a separate file, because the form in the browser needs these limits too. */
export const SHORTEST_DRILL_SECONDS = 5;
export const LONGEST_DRILL_SECONDS = 900;
