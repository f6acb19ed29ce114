/** Repeatable random numbers: the same seed gives the same site. */
export interface Random {
  /** A number from 0 up to but not including 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** The number of events when `mean` are expected. */
  poisson(mean: number): number;
}

/** A Mulberry32 generator. Not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (list) => {
      if (list.length === 0) throw new Error("pick: the list is empty");
      return list[Math.floor(next() * list.length)] as (typeof list)[number];
    },
    poisson: (mean) => {
      if (mean <= 0) return 0;
      // Knuth's method underflows for large means, where the normal distribution is close enough for a demo.
      if (mean > 60) {
        const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
        return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
      }
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count += 1;
      return count;
    },
  };
}

/** A seed from a text: each story has its own random numbers, so adding a story does not change the others. */
export function seedOf(text: string): number {
  let hash = 2_166_136_261;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619);
  return hash >>> 0;
}

/** Returns every item once, in random order, before it repeats any. */
export function createBag<T>(items: readonly T[], random: Random): () => T {
  let left: T[] = [];
  let last: T | undefined;
  return () => {
    if (left.length === 0) {
      left = [...items];
      for (let i = left.length - 1; i > 0; i -= 1) {
        const j = random.between(0, i);
        [left[i], left[j]] = [left[j] as T, left[i] as T];
      }
      // The last item of one pass and the first of the next should differ.
      if (left.length > 1 && left.at(-1) === last) left.unshift(left.pop() as T);
    }
    last = left.pop() as T;
    return last;
  };
}
