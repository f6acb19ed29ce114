import { useSyncExternalStore } from "react";

/** A preference of one browser, shared by all components of a page. */
export interface StoredPreference<T extends string> {
  set(value: T): void;
  /** A hook; on the server and while a page hydrates, its value is `onServer`. */
  useValue(onServer: T): T;
}

/**
 * Keeps a preference in localStorage. `parse` turns the stored text, or null, into a value. Where storage is blocked, the
 * preference lasts until the page is left.
 */
export function storedPreference<T extends string>(
  key: string,
  parse: (stored: string | null) => T,
): StoredPreference<T> {
  const listeners = new Set<() => void>();
  let current: T | null = null;

  const get = () => {
    if (current !== null) return current;
    try {
      return parse(localStorage.getItem(key));
    } catch {
      return parse(null);
    }
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    set(value) {
      current = value;
      try {
        localStorage.setItem(key, value);
      } catch {
        // Storage is blocked; `current` holds the value until the page is left.
      }
      for (const listener of listeners) listener();
    },
    useValue: (onServer) => useSyncExternalStore(subscribe, get, () => onServer),
  };
}
