/**
 * Shares one reading among all who ask within `ms`, however many they are: those who ask while it is being made wait for it, and
 * those who ask soon after get the same. A reading that fails is shared by those who waited for it only.
 */
export function sharedReading<T>(
  ms: number,
  read: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let latest: { reading: Promise<T>; until: number } | null = null;
  return () => {
    if (latest && now() < latest.until) return latest.reading;
    const mine = { reading: read(), until: Number.POSITIVE_INFINITY };
    latest = mine;
    mine.reading.then(
      () => {
        mine.until = now() + ms;
      },
      () => {
        if (latest === mine) latest = null;
      },
    );
    return mine.reading;
  };
}
