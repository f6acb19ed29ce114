import { OPERATIONS_PAGES, type OperationsPage } from "~/shared/operations-nav";

/** After "g", the next key must follow within this time, ms. */
export const SEQUENCE_MS = 1500;

export interface KeyState {
  /** When "g" was pressed, Unix ms; null once it no longer counts. */
  goPressedAt: number | null;
}

export type KeyAction = { kind: "list" } | { kind: "zone" } | { kind: "go"; page: OperationsPage } | null;

/** The action of a key, given the keys before it. Pure: the caller carries it out. */
export function pressed(key: string, state: KeyState, now: number): { action: KeyAction; state: KeyState } {
  const fresh = { goPressedAt: null };
  if (state.goPressedAt !== null && now - state.goPressedAt <= SEQUENCE_MS) {
    const page = OPERATIONS_PAGES.find(({ shortcut }) => shortcut === key);
    if (page) return { action: { kind: "go", page }, state: fresh };
  }
  if (key === "?") return { action: { kind: "list" }, state: fresh };
  if (key === "z") return { action: { kind: "zone" }, state: fresh };
  return { action: null, state: key === "g" ? { goPressedAt: now } : fresh };
}
