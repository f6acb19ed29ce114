/**
 * Decides which visits of one viewer to one target count, by their own times: one counts unless a counted one came less than a window
 * before it. Expects the visits by time, and knows nothing of how they came to be known. `lengthMs` is the window.
 */
export function countByWindow(lengthMs: number): (at: number) => boolean {
  let countedAt = Number.NEGATIVE_INFINITY;
  return (at) => {
    if (at - countedAt < lengthMs) return false;
    countedAt = at;
    return true;
  };
}
