/** How an event ended. A change on the queue board is audited when it is requested, and when it has ended. */
export const OUTCOMES = ["done", "refused", "failed", "requested"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Areas of actions, by which the page filters. */
export const KINDS: Record<string, { label: string; areas: readonly string[] }> = {
  sync: { label: "Sync and counting", areas: ["sync", "tracker"] },
  stories: { label: "Stories and the ledger", areas: ["story", "ledger"] },
  archive: { label: "Archive and retention", areas: ["archive", "retention"] },
  alerts: { label: "Alerts and drills", areas: ["alert", "drill", "objective"] },
  queues: { label: "Queues", areas: ["queues"] },
  demo: { label: "The demo's readers", areas: ["demo"] },
  users: { label: "Users", areas: ["user", "account"] },
};
