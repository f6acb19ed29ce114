/** How long a drill may last, seconds. Apart from what needs a database, as the browser's form knows them too. */
export const SHORTEST_DRILL_SECONDS = 5;
export const LONGEST_DRILL_SECONDS = 900;
