import type { MostReadPeriod } from "~/tracker/most-read";
import type { ReadingSources } from "./sources";

/** A story of a list of the most read ones. */
export interface MostReadEntry {
  slug: string;
  title: string;
  author: string;
  reads: number;
}

/** The most read stories of each period, as the worker ranked them last, and when that was (ISO). A period without reads is missing. */
export type MostReadLists = Partial<Record<MostReadPeriod, { asOf: string; stories: MostReadEntry[] }>>;

/** Stories shown per list. */
const SHOWN = 10;

/** Reads the lists: some rows, whatever the site's history. A story that was withdrawn since is left out at once. */
export async function readMostRead({ db }: Pick<ReadingSources, "db">): Promise<MostReadLists> {
  const rows = await db.mostRead.findMany({
    where: { story: { status: "PUBLISHED" } },
    orderBy: [{ period: "asc" }, { rank: "asc" }],
    include: { story: { select: { slug: true, title: true, author: { select: { name: true } } } } },
  });
  const lists: MostReadLists = {};
  for (const { period, asOf, reads, story } of rows) {
    const key = period as MostReadPeriod;
    lists[key] ??= { asOf: asOf.toISOString(), stories: [] };
    const { stories } = lists[key];
    const entry = { slug: story.slug, title: story.title, author: story.author.name, reads: Number(reads) };
    if (stories.length < SHOWN) stories.push(entry);
  }
  return lists;
}
