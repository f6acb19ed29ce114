/** The operators' pages, in the order of their navigation. */
export const OPERATIONS_NAV: readonly {
  to: string;
  label: string;
  /** Served outside Remix: a link to it loads a whole page. */
  external?: true;
}[] = [
  { to: "/admin", label: "Overview" },
  { to: "/admin/sync", label: "Sync" },
  { to: "/admin/alerts", label: "Alerts" },
  { to: "/admin/queues", label: "Queues", external: true },
  { to: "/admin/drill", label: "Drill" },
  { to: "/admin/audit", label: "Audit" },
];
