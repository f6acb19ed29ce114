import { fingerprint } from "./fingerprint";
import { fieldOf } from "./hour-buffer";
import type { Offer, PlacedTarget } from "./view";

/** The reader: a signed-in user, or an anonymous one's block of addresses (see `addressBlock`) and user agent. */
export type Viewer = { userId: number } | { address: string; userAgent: string };

/** 32 random bytes per UTC day (days since 1970). Throws when that day's salt is not loaded. */
export type SaltOf = (day: number) => Buffer;

/**
 * An anonymous viewer's key for one target on one day. Hashing per target means that two keys of one reader cannot be joined into
 * a history; without the salt, which is deleted for good after two days, a key cannot be tested against an address either. 48 bits:
 * among a million readers of one target, a new one is mistaken for a known one with probability 4e-9.
 */
const anonymousKey = (target: PlacedTarget, viewer: { address: string; userAgent: string }, salt: Buffer) =>
  fingerprint(salt, `${fieldOf(target)}\0${viewer.address}\0${viewer.userAgent}`);

/** Offers a view of the target by this viewer. Keys are computed on demand: the fallback needs one more than Redis. */
export function offer(target: PlacedTarget, viewer: Viewer, saltOf: SaltOf): Offer {
  const key =
    "userId" in viewer
      ? () => `${fieldOf(target)}.u${viewer.userId}`
      : (day: number) => anonymousKey(target, viewer, saltOf(day));
  return { kind: target.kind, id: target.id, storyId: target.storyId, key };
}
