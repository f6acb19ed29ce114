import { type Campaign, parseCampaign } from "../../app/shared/campaign";
import { createBag, type Random } from "../../prisma/seed/random";
import { draw, referrers, rhythmAt } from "../../prisma/seed/traffic";

/** A published story and the numbers of its published chapters. */
export interface ReadableStory {
  slug: string;
  chapters: number[];
}

/** One request that a made-up reader sends. */
export interface DemoPost {
  path: string;
  userAgent: string;
  /** Which of the made-up networks it comes from, from 0 on. */
  network: number;
  referrer: string;
  /** The tags of the link that they followed. */
  tags?: Campaign;
  /** Further headers, of browsers that load ahead or ask not to be counted. */
  headers: Record<string, string>;
  /** A program drives the browser, and it says so. */
  automated: boolean;
  /** The place of the account that has logged in; null for most readers. */
  account: number | null;
}

type Reader = Omit<DemoPost, "path"> & { paths: string[] };

/** Readers who read at the same time. */
const AT_ONCE = 24;
/** Networks that they come from. Their views stay far below the limit per address. */
const NETWORKS = 4000;
/** Of all requests, those that repeat the page before them. */
const REPEATS = 0.12;
const KINDS: [
  kind: "reader" | "robot" | "prefetch" | "private" | "automated" | "signed-in",
  share: number,
][] = [
  ["reader", 0.78],
  ["robot", 0.1],
  ["prefetch", 0.04],
  ["signed-in", 0.05],
  ["private", 0.02],
  ["automated", 0.01],
];
const BROWSERS = [
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
  "Mozilla/5.0 (iPad; CPU OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
];
const ROBOT = "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/about)";

/** Where they come from. Who comes from another page of the site is here already. */
const OUTSIDE = referrers.filter(([referrer]) => referrer !== "this site");

/** The demo site must show something at night too, and not so much in the evening that a story is far above its usual. */
const QUIETEST = 0.4;
export const BUSIEST = 1.3;

/** Requests at this time, as a multiple of the average: more in the evening and on Sundays, fewer at night. */
export const demoRhythm = (now: Date) => Math.min(BUSIEST, Math.max(QUIETEST, rhythmAt(now)));

/**
 * Invents the requests of a small readership, one after the other: people open a story and read on, some come back to a page, some have
 * logged in, and some requests are not a reader's. `accounts` is the number of accounts that can log in.
 */
export function createReadership(stories: ReadableStory[], accounts: number, random: Random): () => DemoPost {
  const reading: Reader[] = [];
  let last: DemoPost | null = null;
  // Every story in turn: drawn freely, one of them would soon have twice as many readers as another.
  const nextStory = createBag(stories, random);

  function newReader(): Reader {
    const kind = draw(KINDS, random);
    const { slug, chapters } = nextStory();
    const host = draw(OUTSIDE, random);
    const tags = parseCampaign(host);
    const start = random.chance(0.6) ? 0 : random.between(0, Math.max(0, chapters.length - 1));
    const read = chapters.slice(start, start + random.between(1, 5));
    return {
      paths: [`/story/${slug}`, ...read.map((chapter) => `/story/${slug}/chapter/${chapter}`)],
      userAgent: kind === "robot" ? ROBOT : random.pick(BROWSERS),
      network: random.between(0, NETWORKS - 1),
      referrer: host === "direct" || tags ? "" : `https://${host}/`,
      ...(tags && { tags }),
      headers:
        kind === "prefetch" ? { "sec-purpose": "prefetch" } : kind === "private" ? { "sec-gpc": "1" } : {},
      automated: kind === "automated",
      account: kind === "signed-in" && accounts > 0 ? random.between(0, accounts - 1) : null,
    };
  }

  return () => {
    if (last && random.chance(REPEATS)) return last;
    while (reading.length < AT_ONCE) reading.push(newReader());
    const place = random.between(0, reading.length - 1);
    const reader = reading[place] as Reader;
    const path = reader.paths.shift() as string;
    if (reader.paths.length === 0) reading.splice(place, 1);
    const { paths: _, ...rest } = reader;
    last = { ...rest, path };
    return last;
  };
}
