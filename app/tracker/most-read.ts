/** The periods of which the most read stories are listed. */
export const MOST_READ_PERIODS = [
  { key: "day", label: "Last 24 hours", hours: 24 },
  { key: "week", label: "Last 7 days", hours: 7 * 24 },
  { key: "all", label: "All time", hours: null },
] as const;

export type MostReadPeriod = (typeof MOST_READ_PERIODS)[number]["key"];
