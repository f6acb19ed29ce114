import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { pageOf, parseLine } from "./access-log";
import { type Answer, type PageView, type Site, Unreachable } from "./site";
import { slugFor } from "./stories";

/** The result of a replay. */
export interface Report {
  lines: number;
  malformed: number;
  pageViews: number;
  noAgent: number;
  bots: number;
  counted: number;
  duplicates: number;
  errors: number;
  /** The number of paths that have a count. */
  paths: number;
  /** The count that the site shows for each path, the most read first. */
  perPath: Record<string, number>;
}

export interface ReplayOptions {
  file: string;
  site: Site;
  /** Publishes stories for paths that have none yet. */
  publish(paths: string[]): Promise<void>;
  concurrency: number;
  onProgress?: (progress: { lines: number; sent: number; bytes: number }) => void;
  /** Called for the first few errors (all are counted) and for anything else that a person should know. */
  onProblem?: (line: string) => void;
}

/** The number of views in memory at once, so that a log of any size can be replayed. */
const BATCH = 2000;
const SHOWN_ERRORS = 5;
/** After this many failed connections in a row the site is considered gone. */
const GONE_AFTER = 20;
/** How many times, and after which pause (ms), a page is read again if it shows less than the site has already reported. */
const READ_ATTEMPTS = 6;
const READ_PAUSE = 400;

const tallied = {
  counted: "counted",
  duplicate: "duplicates",
  robot: "bots",
  "no-user-agent": "noAgent",
} as const;

/**
 * Replays an access log: publishes a story for each page, posts every page view to it, and reads the counts back.
 * @throws Unreachable when the site stops answering.
 */
export async function replay(options: ReplayOptions): Promise<Report> {
  const { site, concurrency, onProgress = () => {}, onProblem = () => {} } = options;
  const report: Report = {
    lines: 0,
    malformed: 0,
    pageViews: 0,
    noAgent: 0,
    bots: 0,
    counted: 0,
    duplicates: 0,
    errors: 0,
    paths: 0,
    perPath: {},
  };
  /** By path, the number of the first page view that the site might have counted. */
  const firstReader = new Map<string, number>();
  /** By path, the highest count that the site has reported: its page should show no less. */
  const reported = new Map<string, number>();
  /** Where views were counted; more than one store means that Redis failed meanwhile. */
  const stores = new Set<string>();
  const slugs = new Map<string, string>();
  let batch: { view: PageView; number: number }[] = [];
  let failuresInARow = 0;
  let sent = 0;

  function fail(message: string) {
    report.errors += 1;
    if (report.errors <= SHOWN_ERRORS) onProblem(message);
  }

  async function send({ view, number }: { view: PageView; number: number }) {
    let answer: Answer;
    try {
      answer = await site.send(slugs.get(view.path) ?? slugFor(view.path), view);
      failuresInARow = 0;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      failuresInARow += 1;
      if (failuresInARow >= GONE_AFTER) throw error;
      return fail(`${view.path}: ${error.message}`);
    }
    const { outcome, viewCount, path } = answer;
    if (path === "redis" || path === "database") stores.add(path);
    reported.set(view.path, Math.max(viewCount, reported.get(view.path) ?? 0));
    const name = Object.hasOwn(tallied, outcome) ? tallied[outcome as keyof typeof tallied] : undefined;
    if (!name) return fail(`${view.path}: ${outcome}`);
    report[name] += 1;
    if (name === "counted" || name === "duplicates")
      firstReader.set(view.path, Math.min(number, firstReader.get(view.path) ?? number));
  }

  async function flush(bytes: number) {
    const unpublished = [...new Set(batch.map(({ view }) => view.path))].filter((path) => !slugs.has(path));
    if (unpublished.length > 0) await options.publish(unpublished);
    for (const path of unpublished) slugs.set(path, slugFor(path));
    await inParallel(batch, concurrency, async (item) => {
      await send(item);
      sent += 1;
      onProgress({ lines: report.lines, sent, bytes });
    });
    batch = [];
  }

  // Latin-1 keeps every byte of a log, whatever its encoding.
  const input = createReadStream(options.file, { encoding: "latin1" });
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // Readline does not report errors of its input.
  let unreadable: Error | undefined;
  input.once("error", (error) => {
    unreadable = error;
    lines.close();
  });
  for await (const text of lines) {
    report.lines += 1;
    const line = parseLine(text);
    if (!line) {
      report.malformed += 1;
      continue;
    }
    const path = pageOf(line);
    if (path === null) continue;
    report.pageViews += 1;
    batch.push({
      view: { path, address: line.address, agent: line.agent, referrer: line.referrer },
      number: report.pageViews,
    });
    if (batch.length >= BATCH) await flush(input.bytesRead);
  }
  if (unreadable) throw unreadable;
  await flush(input.bytesRead);

  if (stores.size > 1)
    onProblem(
      "Redis did not always answer the site in time, so some views were counted in Postgres; counts may be too high until the site has reconciled the two, about a minute.",
    );

  const counts: { path: string; count: number }[] = [];
  await inParallel([...slugs], concurrency, async ([path, slug]) => {
    try {
      const count = await readCountOf(site, slug, reported.get(path) ?? 0);
      if (count > 0) counts.push({ path, count });
    } catch (error) {
      if (error instanceof Unreachable) throw error;
      fail((error as Error).message);
    }
  });
  const place = ({ path }: { path: string }) => firstReader.get(path) ?? Number.POSITIVE_INFINITY;
  counts.sort((a, b) => b.count - a.count || place(a) - place(b) || (a.path < b.path ? -1 : 1));
  report.perPath = Object.fromEntries(counts.map(({ path, count }) => [path, count]));
  report.paths = counts.length;
  return report;
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
