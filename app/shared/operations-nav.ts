/** A page of the operators' navigation. */
export interface OperationsPage {
  to: string;
  label: string;
  /** The letter that opens it after "g". */
  shortcut?: string;
}

/** The operators' pages, in the order of every menu. */
export const OPERATIONS_NAV: readonly OperationsPage[] = [
  { to: "/admin", label: "Overview", shortcut: "o" },
  { to: "/admin/sync", label: "Sync", shortcut: "s" },
  { to: "/admin/alerts", label: "Alerts", shortcut: "a" },
  { to: "/admin/objectives", label: "Objectives", shortcut: "b" },
  { to: "/admin/inbox", label: "Inbox", shortcut: "i" },
  { to: "/admin/queues", label: "Queues", shortcut: "q" },
  { to: "/admin/redis", label: "Redis", shortcut: "r" },
  { to: "/admin/drill", label: "Drill", shortcut: "d" },
  { to: "/admin/stories", label: "Stories", shortcut: "t" },
  { to: "/admin/audit", label: "Audit", shortcut: "u" },
  { to: "/admin/users", label: "Users", shortcut: "p" },
  { to: "/admin/runbook", label: "Runbook", shortcut: "r" },
];
