/** A place that two keys lead to: "g" and then this letter. */
export interface GoTo {
  letter: string;
  to: string;
  name: string;
  /** Served outside Remix: a whole new page. */
  whole?: boolean;
}

export const GO_TO: readonly GoTo[] = [
  { letter: "o", to: "/admin", name: "Overview" },
  { letter: "s", to: "/admin/sync", name: "Sync" },
  { letter: "a", to: "/admin/alerts", name: "Alerts" },
  { letter: "q", to: "/admin/queues", name: "Queues", whole: true },
  { letter: "u", to: "/admin/audit", name: "Audit" },
];

/** The second key of a pair must follow within this time, ms. */
export const PAIR_MS = 1500;

export interface KeyState {
  /** When "g" was pressed, Unix ms; null when it was not, or has lapsed. */
  wentAt: number | null;
}

export type KeyAction = { kind: "list" } | { kind: "zone" } | { kind: "go"; place: GoTo } | null;

/** What a key means after the keys before it. Pure: pages do what it says. */
export function pressed(key: string, state: KeyState, now: number): { deed: KeyAction; state: KeyState } {
  const fresh = { wentAt: null };
  if (state.wentAt !== null && now - state.wentAt <= PAIR_MS) {
    const place = GO_TO.find(({ letter }) => letter === key);
    if (place) return { deed: { kind: "go", place }, state: fresh };
  }
  if (key === "?") return { deed: { kind: "list" }, state: fresh };
  if (key === "z") return { deed: { kind: "zone" }, state: fresh };
  return { deed: null, state: key === "g" ? { wentAt: now } : fresh };
}
