import { warnOfBusyAddress } from "./busy-address";
import { leaveOut, sortCounts, type Tally } from "./report";
import { type Answer, type PageView, type Site, Unreachable } from "./site";
import { slugFor } from "./stories";

/** A page view, and its place among the page views of the replay. */
export interface NumberedView {
  view: PageView;
  number: number;
}

/** Takes the views of a replay: the site, or what stands in for it in a dry run. */
export interface Destination {
  /** Takes views, and resolves when all are dealt with. */
  offer(views: NumberedView[]): Promise<void>;
  /** Puts the counts of paths into the report. */
  finish(): Promise<void>;
}

export interface SendOptions {
  site: Site;
  /** Publishes stories for paths that have none yet. */
  publish(paths: string[]): Promise<void>;
  concurrency: number;
  tally: Tally;
  onSent(): void;
  /** Called for the first few errors (all are counted) and for anything else that a person should know. */
  onProblem(line: string): void;
}

const SHOWN_ERRORS = 5;
/** After this many failed connections in a row the site is considered gone. */
const GONE_AFTER = 20;
/** How many times, and after which pause (ms), a page is read again if it shows less than the site has already reported. */
const READ_ATTEMPTS = 6;
const READ_PAUSE = 400;

/** Outcomes of views that should have been counted. Every other one that is not "counted" or "duplicate" is a reason to leave out. */
const FAILURES = ["unavailable", "unknown-target", "refused"];

/** Posts views to the site, and reads the counts back. Its methods reject with Unreachable when the site stops answering. */
export function sendTo(options: SendOptions): Destination {
  const { site, concurrency, tally, onSent, onProblem } = options;
  const { report, paths } = tally;
  const published = new Set<string>();
  /** Where views were counted; more than one store means that Redis failed meanwhile. */
  const stores = new Set<string>();
  const noteAddress = warnOfBusyAddress(onProblem);
  let failuresInARow = 0;

  function fail(message: string) {
    report.errors += 1;
    if (report.errors <= SHOWN_ERRORS) onProblem(message);
  }

  async function send({ view, number }: NumberedView) {
    let answer: Answer;
    try {
      answer = await site.send(slugFor(view.path), view);
      failuresInARow = 0;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      failuresInARow += 1;
      if (failuresInARow >= GONE_AFTER) throw error;
      return fail(`${view.path}: ${error.message}`);
    }
    const { outcome, viewCount, path } = answer;
    if (path === "redis" || path === "database") stores.add(path);
    const known = paths.get(view.path) ?? { reported: 0 };
    paths.set(view.path, known);
    known.reported = Math.max(viewCount, known.reported);
    if (answer.failed || FAILURES.includes(outcome)) return fail(`${view.path}: ${outcome}`);
    if (outcome !== "counted" && outcome !== "duplicate") return leaveOut(report, outcome);
    noteAddress(view.address);
    report[outcome === "counted" ? "counted" : "duplicates"] += 1;
    known.firstReader = Math.min(number, known.firstReader ?? number);
  }

  return {
    async offer(views) {
      const unpublished = [...new Set(views.map(({ view }) => view.path))].filter(
        (path) => !published.has(path),
      );
      if (unpublished.length > 0) await options.publish(unpublished);
      for (const path of unpublished) published.add(path);
      await inParallel(views, concurrency, async (item) => {
        await send(item);
        onSent();
      });
    },
    async finish() {
      if (stores.size > 1)
        onProblem(
          "Redis did not always answer the site in time, so some views were counted in Postgres; counts may be too high until the site has reconciled the two, about a minute.",
        );
      const counts: { path: string; count: number }[] = [];
      await inParallel([...paths], concurrency, async ([path, { reported }]) => {
        try {
          const count = await readCountOf(site, slugFor(path), reported);
          if (count > 0) counts.push({ path, count });
        } catch (error) {
          if (error instanceof Unreachable) throw error;
          fail((error as Error).message);
        }
      });
      sortCounts(tally, counts);
    },
  };
}

/**
 * Reads a count back. Under load a page may not get Redis's reply in time; it then shows the count from Postgres, which is lower
 * than the site's. A moment later it is right again.
 */
async function readCountOf(site: Site, slug: string, atLeast: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const count = await site.readCount(slug);
    if (count >= atLeast || attempt === READ_ATTEMPTS) return count;
    await new Promise((resolve) => setTimeout(resolve, READ_PAUSE));
  }
}

/** Works through a list with `concurrency` parallel workers; the first failure stops them all. */
async function inParallel<T>(
  items: T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<void>,
) {
  let next = 0;
  let stopped = false;
  await Promise.all(
    Array.from({ length: Math.min(concurrency, items.length) }, async () => {
      while (next < items.length && !stopped) {
        const index = next;
        next += 1;
        try {
          await work(items[index] as T, index);
        } catch (error) {
          stopped = true;
          throw error;
        }
      }
    }),
  );
}
