/** A page of the operators' navigation. */
export interface OperationsPage {
  to: string;
  label: string;
  /** The letter that opens it after "g". */
  shortcut: string;
}

/** Pages that an operator needs at the same moment. */
export interface OperationsGroup {
  name: string;
  pages: readonly OperationsPage[];
}

/**
 * The operators' pages, in the order of every menu: first those for an operator who has just been woken (the state, the alert, its
 * messages, what to do), then those to act on, then those for the day after.
 */
export const OPERATIONS_NAV: readonly OperationsGroup[] = [
  {
    name: "On call",
    pages: [
      { to: "/admin", label: "Overview", shortcut: "o" },
      { to: "/admin/alerts", label: "Alerts", shortcut: "a" },
      { to: "/admin/inbox", label: "Inbox", shortcut: "i" },
      { to: "/admin/runbook", label: "Runbook", shortcut: "k" },
    ],
  },
  {
    name: "Counting",
    pages: [
      { to: "/admin/sync", label: "Sync", shortcut: "s" },
      { to: "/admin/redis", label: "Redis", shortcut: "r" },
      { to: "/admin/queues", label: "Queues", shortcut: "q" },
      { to: "/admin/stories", label: "Stories", shortcut: "t" },
    ],
  },
  {
    name: "Oversight",
    pages: [
      { to: "/admin/objectives", label: "Objectives", shortcut: "b" },
      { to: "/admin/drill", label: "Drill", shortcut: "d" },
      { to: "/admin/audit", label: "Audit", shortcut: "u" },
      { to: "/admin/users", label: "Users", shortcut: "p" },
      { to: "/admin/archive", label: "Archive", shortcut: "v" },
    ],
  },
];

/** All of these pages, in the same order. */
export const OPERATIONS_PAGES: readonly OperationsPage[] = OPERATIONS_NAV.flatMap(({ pages }) => pages);

/** The page that an address belongs to: that of all alerts for one alert's address. */
export const operationsPageAt = (pathname: string): OperationsPage | undefined =>
  OPERATIONS_PAGES.filter(({ to }) => pathname === to || pathname.startsWith(`${to}/`)).sort(
    (a, b) => b.to.length - a.to.length,
  )[0];
