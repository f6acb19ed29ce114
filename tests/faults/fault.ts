import type { Random } from "../../prisma/seed/random";
import { sleep } from "../../scripts/services/process";
import type { Tally } from "./client";
import type { Cluster } from "./cluster";
import type { Mutant } from "./mutants";
import type { StoryIds } from "./stories";

/** What the seed decided about one fault. Plain values, so that a plan can be printed. */
export type Params = Record<string, string | number | boolean>;

/** What a fault can use while readers read. */
export interface FaultContext {
  cluster: Cluster;
  /** Answers so far in this run, growing while the fault lasts. */
  tally: Tally;
  /** The trigger of this run's syncs, by which they are found. */
  trigger: string;
  /** The run's stories. */
  stories: StoryIds[];
  /** A bug in the sync of the victims. */
  mutant: Mutant | null;
}

export interface Fault {
  about: string;
  /** Whether views may be counted in Postgres or the journal because of it. */
  outage: boolean;
  /** Whether Redis loses what it had acknowledged: the ledger must then say how much. */
  loses?: boolean;
  /** `live`: all views fall into the current hour, so a sync finds one buffer. */
  draw(random: Random, live: boolean): Params;
  /** Breaks something, waits, and heals it. Returns how often it certainly hit; 0 when it hit nothing. */
  inject(context: FaultContext, params: Params): Promise<number>;
}

/** How long stores stay down, ms: from less than a breaker's timeout to several probes. */
export const hold = (random: Random) => random.between(100, 1300);
/** A fault that hits only when readers come waits this long for them, ms. */
export const HIT_WITHIN_MS = 2500;

/** Views that were kept elsewhere than in Redis so far. */
export const outsideRedis = (tally: Tally) => tally.database + tally.journal;

/** Waits until it is so, or for so long, ms. */
export async function until(ready: () => boolean, ms: number) {
  const deadline = Date.now() + ms;
  while (!ready() && Date.now() < deadline) await sleep(5);
}
