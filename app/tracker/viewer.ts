import { fingerprint } from "./fingerprint";
import { fieldOf } from "./hour-buffer";
import type { Offer, PlacedTarget } from "./view";

/** An anonymous reader's block of addresses (see `readerBlock`) and user agent. */
export interface AnonymousViewer {
  address: string;
  userAgent: string;
}

/**
 * The reader: a signed-in user, or an anonymous one. `before` is who the user was to us until they signed in. It must be given within one
 * window of that only: later, it could only be someone else with the same address and browser.
 */
export type Viewer = { userId: number; before?: AnonymousViewer } | AnonymousViewer;

/** 32 random bytes per UTC day (days since 1970). Throws when that day's salt is not loaded. */
export type SaltOf = (day: number) => Buffer;

/**
 * An anonymous viewer's key for one target on one day. Hashing per target means that two keys of one reader cannot be joined into
 * a history; without the salt, which is deleted for good after two days, a key cannot be tested against an address either. 48 bits:
 * among a million readers of one target, a new one is mistaken for a known one with probability 4e-9.
 */
const anonymousKey = (target: PlacedTarget, { address, userAgent }: AnonymousViewer, salt: Buffer) =>
  fingerprint(salt, `${fieldOf(target)}\0${address}\0${userAgent}`);

/** Offers a view of the target by this viewer. Keys are computed on demand: the fallback needs one more than Redis. */
export function offer(target: PlacedTarget, viewer: Viewer, saltOf: SaltOf): Offer {
  const { kind, id, storyId } = target;
  const keyOf = (anonymous: AnonymousViewer) => (day: number) => anonymousKey(target, anonymous, saltOf(day));
  if (!("userId" in viewer)) return { kind, id, storyId, key: keyOf(viewer) };
  const { userId, before } = viewer;
  const key = () => `${fieldOf(target)}.u${userId}`;
  return before ? { kind, id, storyId, key, formerKey: keyOf(before) } : { kind, id, storyId, key };
}
