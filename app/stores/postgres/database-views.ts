import { randomInt } from "node:crypto";
import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import type { ViewResult, ViewStore } from "~/tracker/ports";
import { type CountResult, type Offer, type TargetKind, targetKey, type View } from "~/tracker/view";
import { type DedupeWindow, dayOf, hourOf } from "~/tracker/window";
import { COUNT_STATEMENTS, type CountedRow } from "./count-statement";
import { groupBy } from "./group-by";
import { type Budget, inHalves } from "./in-halves";
import { createLockedTargets } from "./locked-targets";
import { formerAmong, keysOf } from "./other-keys";
import { isAboutRows, isLockTimeout, isRetryable } from "./sql-errors";
import { inTransaction } from "./transaction";

const MAX_TRIES = 4;
/** Distinct referrer hosts that a process counts per story and hour; the rest count as "other". */
const MAX_REFERRERS = 100;
/** Rows of FallbackCount per shard: each process adds to one of them, drawn at random. */
const SLOTS = 16;
/** Statements spent on finding the views of one batch that Postgres refuses, and the share of the caller's time limit. */
const SPLIT_TRIES = 40;
const SPLIT_SHARE = 0.6;
/** Midnight may pass between reading Postgres's day and counting: once. */
const MIDNIGHT_TRIES = 3;

/** A view's offer of one target, and the view's place in the batch. */
interface Item {
  view: View;
  offer: Offer;
  place: number;
}

/** An item as the statement asks about it. */
interface Asked {
  item: Item;
  /** Its place among the items. */
  index: number;
  /** The viewer's keys: see count-statement.ts. */
  keys: string;
  /** The target and the viewer's key, which are one row of windows. */
  viewer: string;
  /** Unix ms. */
  at: number;
  /** The rows of windows that the viewer may have from before they signed in. */
  formerViewers: string[];
  /** Whether another view by the same viewer decides about this one, so that it cannot count. */
  again: boolean;
}

/**
 * Creates the store that counts directly in Postgres, with one row per counted view. A view that Postgres refuses, because of its
 * data or because another transaction keeps its story's row locked, gets an Error for a result and affects no other view of the
 * batch. Rejects when Postgres does not answer or refuses everything; some of the views may have been counted then.
 */
export function createDatabaseViews(
  pool: pg.Pool,
  window: DedupeWindow,
  options: {
    now?: () => number;
    /** The caller gives up after this long, ms. */
    timeoutMs?: number;
  } = {},
): ViewStore {
  const { now = Date.now, timeoutMs = 1000 } = options;
  const slot = randomInt(SLOTS);
  const boundedHost = boundHosts(now);
  const lockedTargets = createLockedTargets(pool);

  /** Counts the offers of one kind. `answers` gets one result per offer, by place in the batch and in order. */
  async function count(kind: TargetKind, views: View[], answers: (CountResult | Error)[][]) {
    const items = views.flatMap((view, place) =>
      view.offers.filter((offer) => offer.kind === kind).map((offer) => ({ view, offer, place })),
    );
    // A statement does not see its own rows, so views of different days go in separate statements.
    const groups = groupBy(items, ({ view }) => (view.at === undefined ? null : dayOf(view.at)));
    const days = [...groups.keys()].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
    for (const day of days) await countGroup(kind, day, groups.get(day) ?? [], answers);
  }

  /** `day` is that of the views' own times, or null for views of now. */
  async function countGroup(
    kind: TargetKind,
    day: number | null,
    items: Item[],
    answers: (CountResult | Error)[][],
  ) {
    const run = (some: Item[]) => retryDeadlocks(() => countItems(kind, day, some));
    const outcome = new Map<Item, CountResult | Error>();
    const note = (some: Item[], results: (CountResult | Error)[]) => {
      for (const [i, item] of some.entries()) outcome.set(item, results[i] as CountResult | Error);
    };
    /** Refuses the views of locked targets, and returns the others. */
    const refuseLocked = (some: Item[], locked: Set<number>) => {
      const refused = some.filter(({ offer }) => locked.has(offer.id));
      note(
        refused,
        refused.map(({ offer }) => lockedError(offer)),
      );
      return some.filter(({ offer }) => !locked.has(offer.id));
    };

    const idsOf = (some: Item[]) => some.map(({ offer }) => offer.id);
    let rest = refuseLocked(items, await lockedTargets.among(kind, idsOf(items)));
    try {
      if (rest.length > 0) note(rest, await run(rest));
    } catch (error) {
      // Asking again would only take more time.
      if (!isAboutRows(error)) throw error;
      if (isLockTimeout(error)) rest = refuseLocked(rest, await lockedTargets.find(kind, idsOf(rest)));
      note(rest, await countInParts(rest, run, SPLIT_SHARE * timeoutMs));
    }
    for (const item of items) answers[item.place]?.push(outcome.get(item) ?? noResult(item.offer));
  }

  async function countItems(kind: TargetKind, day: number | null, items: Item[]): Promise<CountResult[]> {
    if (day !== null) return countLocked(kind, items, () => day);
    const results = await countInTurns(pool, kind, items, dayOf(now()), false);
    // Without results, midnight is near, or this process's clock is wrong about the day.
    return results ?? countLocked(kind, items, (today) => today);
  }

  /**
   * Counts while no other process counts like this. Two statements on opposite sides of midnight know the viewer under different
   * keys, which are different rows, and neither sees the other's rows until it has committed. So the lock is taken in a
   * statement of its own: the counting statement's snapshot must be younger. `dayOfKeys` gets Postgres's day.
   */
  async function countLocked(kind: TargetKind, items: Item[], dayOfKeys: (today: number) => number) {
    for (let tries = 1; tries <= MIDNIGHT_TRIES; tries += 1) {
      const results = await inTransaction(pool, async (client) => {
        const today = await lockMidnight(client, kind);
        return countInTurns(client, kind, items, dayOfKeys(today), true);
      });
      if (results) return results;
    }
    throw new Error("Postgres's day changed at every try");
  }

  /**
   * Counts a viewer's views of one target one after the other, as a statement decides about one of them. Views that happen now, or
   * within the window of one that this call has counted, need no turn of their own: for readers' views, one turn is all.
   * @returns null when Postgres counted nothing, because of the day (see count-statement.ts).
   */
  async function countInTurns(
    client: Pick<pg.ClientBase, "query">,
    kind: TargetKind,
    items: Item[],
    day: number,
    locked: boolean,
  ): Promise<CountResult[] | null> {
    const results: CountResult[] = [];
    const coveredUntil = new Map<string, number>();
    let waiting = items
      .map((item, index) => askedOf(item, index, keysOf(item.offer, day, window)))
      .sort((a, b) => a.at - b.at);
    while (waiting.length > 0) {
      const { turn, later } = nextTurn(waiting, coveredUntil);
      const { rows } = await client.query<CountedRow>(query(kind, turn, day, locked));
      if (rows.length === 0) return null;
      for (const { place, counted, readCount } of rows) {
        const asked = turn[place - 1];
        if (!asked) continue;
        if (counted) coveredUntil.set(asked.viewer, asked.at + window.length);
        results[asked.index] = { counted, count: readCount };
      }
      waiting = later;
    }
    return items.map((item, i) => {
      const result = results[i];
      if (!result) throw noResult(item.offer);
      return result;
    });
  }

  function query(kind: TargetKind, turn: Asked[], day: number, locked: boolean): pg.QueryConfig {
    const isStory = kind === "story";
    const values = [
      turn.map(({ item }) => item.offer.id),
      turn.map(({ keys }) => keys),
      turn.map(({ item }) => item.view.at ?? null),
      turn.map(({ item }) => (isStory ? boundedHost(item.offer.id, item.view.referrer) : null)),
      turn.map(({ item }) => (isStory ? item.view.device : null)),
      window.length,
      day,
      locked,
      window.maxAhead,
      turn.map(({ item }) => item.offer.storyId),
      slot,
      turn.map(({ again }) => again),
    ];
    return { name: `count-${kind}`, text: COUNT_STATEMENTS[kind], values };
  }

  return {
    async record(views) {
      const stories: (CountResult | Error)[][] = views.map(() => []);
      const chapters: (CountResult | Error)[][] = views.map(() => []);
      await count("chapter", views, chapters);
      await count("story", views, stories);
      return views.map((view, i): ViewResult => {
        const results = view.offers.map(
          (offer) => (offer.kind === "story" ? stories : chapters)[i]?.shift() ?? noResult(offer),
        );
        const refused = results.find((result) => result instanceof Error);
        return refused ?? (results as CountResult[]);
      });
    },
  };
}

/** The views of one target stay together until it stands alone; only then are they told apart, unless a lock is the reason. */
async function countInParts(
  items: Item[],
  run: (items: Item[]) => Promise<CountResult[]>,
  withinMs: number,
): Promise<(CountResult | Error)[]> {
  const until = performance.now() + withinMs;
  const budget = (): Budget => ({ tries: SPLIT_TRIES, until });
  const targets = [...groupBy(items, ({ offer }) => offer.id).values()];
  const runTargets = async (some: Item[][]) => {
    const results = await run(some.flat());
    return some.map((target) => results.splice(0, target.length));
  };
  const outcome = new Map<Item, CountResult | Error>();
  const byTarget = await inHalves(targets, runTargets, budget());
  for (const [i, target] of targets.entries()) {
    const result = byTarget[i] as CountResult[] | Error;
    const alone = target.length === 1 || (result instanceof Error && isLockTimeout(result));
    const results = !(result instanceof Error)
      ? result
      : alone
        ? target.map(() => result)
        : await inHalves(target, run, budget());
    for (const [j, item] of target.entries()) outcome.set(item, results[j] as CountResult | Error);
  }
  return items.map((item) => outcome.get(item) ?? noResult(item.offer));
}

function askedOf(item: Item, index: number, keys: string): Asked {
  const [key] = keys.split(" ", 1);
  const viewerOf = (someKey?: string) => `${item.offer.id} ${someKey}`;
  return {
    item,
    index,
    keys,
    viewer: viewerOf(key),
    formerViewers: item.offer.formerKey ? formerAmong(keys).map(viewerOf) : [],
    // All views that happen now happen at the same time.
    at: item.view.at ?? 0,
    again: false,
  };
}

/**
 * Takes the first view of each viewer, and with it all whose result it decides. Those of a reader who has signed in wait for theirs from
 * before. Expects them by time.
 */
function nextTurn(waiting: Asked[], coveredUntil: Map<string, number>) {
  const turn: Asked[] = [];
  const later: Asked[] = [];
  const asks = new Map<string, number>();
  for (const asked of waiting) {
    const { viewer, formerViewers, at } = asked;
    const covered = at < (coveredUntil.get(viewer) ?? Number.NEGATIVE_INFINITY);
    const again = covered || asks.get(viewer) === at;
    if (!again && [viewer, ...formerViewers].some((known) => asks.has(known))) later.push(asked);
    else turn.push({ ...asked, again });
    if (!again && !asks.has(viewer)) asks.set(viewer, at);
  }
  return { turn, later };
}

/** Takes the lock of counting near midnight and returns Postgres's day. Waits as long as a statement may take, not a row's lock. */
async function lockMidnight(client: pg.PoolClient, kind: TargetKind): Promise<number> {
  const { rows } = await client.query<{ usual: string }>(
    `SELECT current_setting('lock_timeout') AS usual, set_config('lock_timeout', '0', true)`,
  );
  await client.query("SELECT pg_advisory_xact_lock($1, $2)", [
    ADVISORY_LOCKS.countAtMidnight,
    kind === "story" ? 0 : 1,
  ]);
  const clock = await client.query<{ day: number }>(
    `SELECT floor(extract(epoch FROM clock_timestamp()) / 86400)::int AS day, set_config('lock_timeout', $1, true)`,
    [rows[0]?.usual],
  );
  return clock.rows[0]?.day ?? 0;
}

const noResult = (offer: Offer) => new Error(`Postgres returned no result for ${targetKey(offer)}`);
const lockedError = (offer: Offer) =>
  new Error(`another transaction keeps the row of ${targetKey(offer)} locked`);

/** Returns the host, or "other" once this process has counted the maximum number of hosts for that story and hour. */
function boundHosts(now: () => number) {
  let hour = 0;
  const hosts = new Map<number, Set<string>>();
  return (storyId: number, host: string): string => {
    if (hourOf(now()) !== hour) hosts.clear();
    hour = hourOf(now());
    const known = hosts.get(storyId) ?? new Set<string>();
    hosts.set(storyId, known);
    if (!known.has(host) && known.size >= MAX_REFERRERS) return "other";
    known.add(host);
    return host;
  };
}

async function retryDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || tries >= MAX_TRIES) throw error;
    }
  }
}
